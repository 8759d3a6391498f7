/** Reads and writes the rows of pins: who created what, by its id, for each agent. */
import type { AgentId } from "@clawdbot/domain/Agent/AgentId"
import type { Pin } from "@clawdbot/domain/Auth/ResourcePins"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import * as Effect from "effect/Effect"
import { Database, type DatabaseError } from "../Database.ts"

interface Row {
  readonly id: string
  readonly kind: string
  readonly profile: string
}

/** Which pin a row holds. */
export interface PinKey {
  readonly agent: AgentId
  readonly id: string
}

/** A pin that nobody has asked for is forgotten after so many days. */
const keepDays = 90

/** A name that is longer fits no index; one with a NUL is no text of the database. */
const maxNameLength = 300

/** Whether the database can hold a pin; another one is known to its gateway alone. */
export const isStorable = ({ agent, id, kind, profile }: Pin): boolean =>
  [agent, id, kind, profile].every((name) => name.length <= maxNameLength && !name.includes("\0"))

/** The statements. */
export const make = Effect.map(Database, ({ query, table }) => {
  const pins = table("resource_pin")
  return {
    /** Writes pins, each of another key; always in the same order, as several gateways do. */
    write: (written: ReadonlyArray<Pin>): Effect.Effect<void, DatabaseError> =>
      Effect.asVoid(
        query(
          `insert into ${pins} as p (agent, id, kind, profile)
           select * from unnest($1::text[], $2::text[], $3::text[], $4::text[])
             as given (agent, id, kind, profile) order by agent collate "C", id collate "C"
           on conflict (agent, id) do update set kind = excluded.kind,
             profile = excluded.profile, used_on = current_date
             where (p.profile, p.used_on) is distinct from (excluded.profile, current_date)`,
          [
            written.map(({ agent }) => agent),
            written.map(({ id }) => id),
            written.map(({ kind }) => kind),
            written.map(({ profile }) => profile)
          ]
        )
      ),

    /** The pins of an agent under these ids. */
    read: (
      agent: AgentId,
      ids: ReadonlyArray<string>
    ): Effect.Effect<ReadonlyArray<Pin>, DatabaseError> =>
      Effect.map(
        query<Row>(`select id, kind, profile from ${pins} where agent = $1 and id = any($2)`, [
          agent,
          ids
        ]),
        (rows) =>
          rows.map(({ id, kind, profile }) => ({
            agent,
            id,
            kind,
            profile: ProfileId.of(profile)
          }))
      ),

    /** Keeps pins for as long again. */
    renew: (used: ReadonlyArray<PinKey>): Effect.Effect<void, DatabaseError> =>
      Effect.asVoid(
        query(
          `update ${pins} set used_on = current_date where used_on < current_date
             and (agent, id) in (select * from unnest($1::text[], $2::text[]))`,
          [used.map(({ agent }) => agent), used.map(({ id }) => id)]
        )
      ),

    /** Removes what nobody has asked for. */
    prune: Effect.suspend(() =>
      query(`delete from ${pins} where used_on < current_date - $1::int`, [keepDays])
    ).pipe(Effect.asVoid)
  } as const
})
