/**
 * Versions of a profile that others took the place of, the five newest of each. The database keeps
 * them by itself, so that nothing that writes a profile can forget to, older gateways included.
 */

/** How many are kept of each profile; more were never wanted back. */
const kept = 5

/** The statements; `s` is the schema as SQL. */
export const statements = (s: string): ReadonlyArray<string> => [
  // Nothing has used it so far.
  `drop table ${s}.profile_past`,
  // A number of its own: the version of a profile begins anew where it was removed.
  `create table ${s}.profile_past (agent text, profile text,
     number bigint generated always as identity, sealed bytea not null, key_id text not null,
     refresh_mark text, is_redeemed boolean not null default false,
     written_at timestamptz not null, replaced_at timestamptz not null default clock_timestamp(),
     primary key (agent, profile, number))`,
  `create index past_mark on ${s}.profile_past (refresh_mark) where is_redeemed`,
  `create function ${s}.keep_past() returns trigger language plpgsql as $keep$ begin
     insert into ${s}.profile_past (agent, profile, sealed, key_id, refresh_mark, written_at)
     values (old.agent, old.profile, old.sealed, old.key_id, old.refresh_mark, old.changed_at);
     delete from ${s}.profile_past where agent = old.agent and profile = old.profile
       and number <= (select number from ${s}.profile_past
         where agent = old.agent and profile = old.profile
         order by number desc offset ${kept} limit 1);
     return null;
   end $keep$`,
  `create trigger profile_past after update of sealed or delete on ${s}.profile
     for each row execute function ${s}.keep_past()`
]
