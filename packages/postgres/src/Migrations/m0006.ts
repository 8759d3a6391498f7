/**
 * Files of a state folder that were moved to the store, as they were written: they are moved back
 * byte for byte where nothing changed, and with what no table has a place for. And where the
 * credentials went that were moved out.
 */

/** The statements; `s` is the schema as SQL. */
export const statements = (s: string): ReadonlyArray<string> => [
  `create table ${s}.moved_file (name text primary key, agent text, sealed bytea not null,
     key_id text not null)`,
  `create table ${s}.store_import (id uuid primary key, host text not null, folder text not null,
     at timestamptz not null default clock_timestamp())`,
  `alter table ${s}.store_meta add column moved_id uuid, add column moved_to text,
     add column moved_at timestamptz`
]
