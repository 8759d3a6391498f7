/**
 * Health that gateways share. It names the secrets that it is about by marks that are meant for
 * files beside them, so that it is sealed like the credentials themselves.
 */

/** The statements; `s` is the schema as SQL. */
export const statements = (s: string): ReadonlyArray<string> => [
  // Nothing has used it so far.
  `drop table ${s}.health`,
  `create table ${s}.health (agent text, profile text, sealed bytea not null,
     key_id text not null, version bigint not null,
     changed_at timestamptz not null default clock_timestamp(), primary key (agent, profile))
     with (fillfactor = 70)`,
  `create index health_changed on ${s}.health (changed_at)`,
  `create table ${s}.last_trial (one boolean primary key default true check (one),
     at timestamptz not null)`,
  `insert into ${s}.last_trial (at) values ('epoch')`
]
