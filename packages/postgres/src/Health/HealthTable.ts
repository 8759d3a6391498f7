/** Reads and writes the rows of health: one for each credential, sealed. */
import type { AgentId } from "@clawdbot/domain/Agent/AgentId"
import * as HealthDocument from "@clawdbot/domain/Health/HealthDocument"
import type { ProfileId } from "@clawdbot/domain/Profile/ProfileId"
import * as Json from "@clawdbot/json5-edit/Json"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import type { Database, Query } from "../Database.ts"
import type { Keys } from "../Keyring.ts"
import type { Place } from "../sealing.ts"

/** Whose health a row holds. */
export interface HealthKey {
  readonly agent: AgentId
  readonly profile: ProfileId
}

/** A row as it is written: nobody else may have written one of this version. */
export interface HealthRow extends HealthKey {
  readonly health: HealthDocument.ProfileHealth
  readonly version: number
}

/** A row as it is read; one that cannot be opened says nothing. */
export interface StoredHealth extends HealthKey {
  readonly health: HealthDocument.ProfileHealth | undefined
  readonly version: number
}

interface Columns {
  readonly agent: AgentId
  readonly profile: ProfileId
  readonly sealed: Buffer
  readonly key_id: string
  readonly version: number
}

/** A name that is longer fits no index; one with a NUL is no text of the database. */
const maxNameLength = 500

/** Whether a row can have this name; whatever has another one is known to its gateway alone. */
export const isStorable = ({ agent, profile }: HealthKey): boolean =>
  [agent, profile].every((name) => name.length <= maxNameLength && !name.includes("\0"))

const placeOf = ({ agent, profile }: HealthKey): Place => ["health", agent, profile]

/** The health of one credential as text. */
export const encode = (profile: ProfileId, health: HealthDocument.ProfileHealth): string =>
  JSON.stringify(
    HealthDocument.encode({ version: 1, recent: [], profiles: new Map([[profile, health]]) })
  )

const decode = (profile: ProfileId, text: string) =>
  Either.match(Json.parse(text), {
    onLeft: () => undefined,
    onRight: (value) => HealthDocument.decode(value).profiles.get(profile)
  })

const columns = "agent, profile, sealed, key_id, version::float8 as version"

/** The statements, over a pool or inside a transaction. */
export class HealthTable {
  private readonly table: string
  private readonly keys: Keys

  constructor(database: typeof Database.Service, keys: Keys) {
    this.table = database.table("health")
    this.keys = keys
  }

  private read(query: Query, where: string, values: ReadonlyArray<unknown>) {
    return Effect.map(
      query<Columns>(`select ${columns} from ${this.table} ${where}`, values),
      (rows) =>
        rows.map(({ agent, key_id: keyId, profile, sealed, version }): StoredHealth => {
          const text = this.keys.open({ sealed, keyId }, placeOf({ agent, profile }))
          const health = Either.isLeft(text)
            ? undefined
            : decode(profile, Redacted.value(text.right))
          return { agent, profile, health, version }
        })
    )
  }

  /** Everything known of these agents. */
  all(query: Query, agents: ReadonlyArray<AgentId>) {
    return this.read(query, "where agent = any($1)", [agents])
  }

  /** What was written within so many ms. */
  changed(query: Query, agents: ReadonlyArray<AgentId>, withinMs: number) {
    const since = "clock_timestamp() - $2::float8 * interval '1 millisecond'"
    return this.read(query, `where agent = any($1) and changed_at > ${since}`, [agents, withinMs])
  }

  named(query: Query, keys: ReadonlyArray<HealthKey>, lock: "for update" | "" = "") {
    const pairs = "select * from unnest($1::text[], $2::text[])"
    return this.read(query, `where (agent, profile) in (${pairs}) ${lock}`, [
      keys.map(({ agent }) => agent),
      keys.map(({ profile }) => profile)
    ])
  }

  /**
   * Writes rows that nobody else has written since they were read, and gives their keys; the others
   * are to be read and merged first. Always in the same order, or two gateways would wait for each
   * other.
   */
  write(query: Query, rows: ReadonlyArray<HealthRow>) {
    const sealed = rows.map((row) =>
      this.keys.seal(Redacted.make(encode(row.profile, row.health)), placeOf(row))
    )
    return query<HealthKey>(
      `insert into ${this.table} as h (agent, profile, sealed, key_id, version)
       select * from unnest($1::text[], $2::text[], $3::bytea[], $4::text[], $5::bigint[])
         as given (agent, profile, sealed, key_id, version) order by agent, profile
       on conflict (agent, profile) do update set sealed = excluded.sealed,
         key_id = excluded.key_id, version = excluded.version, changed_at = clock_timestamp()
         where h.version = excluded.version - 1
       returning agent, profile`,
      [
        rows.map(({ agent }) => agent),
        rows.map(({ profile }) => profile),
        sealed.map(({ sealed }) => sealed),
        sealed.map(({ keyId }) => keyId),
        rows.map(({ version }) => version)
      ]
    )
  }
}
