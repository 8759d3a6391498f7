/**
 * Usage and pins that gateways share. Nothing has used their tables so far; what a pin is about is
 * needed for the bounds of a gateway's memory, and the dates for what is forgotten.
 */

/** The statements; `s` is the schema as SQL. */
export const statements = (s: string): ReadonlyArray<string> => [
  `alter table ${s}.resource_pin add column kind text not null default 'file'`,
  `create index resource_pin_used_on on ${s}.resource_pin (used_on)`,
  `create index usage_writer_at on ${s}.usage_writer (at)`
]
