/** What answers cost. Rows of older versions, and those that older gateways add, have no price. */

/** The statements; `s` is the schema as SQL. */
export const statements = (s: string): ReadonlyArray<string> => [
  `alter table ${s}.usage_cell add column priced bigint not null default 0,
     add column billed_usd float8 not null default 0, add column list_usd float8 not null default 0`
]
