/** Reads everything that a store holds, as it is moved to files, inside one transaction. */
import type { AgentId } from "@clawdbot/domain/Agent/AgentId"
import type { Pin } from "@clawdbot/domain/Auth/ResourcePins"
import type { ProfileHealth } from "@clawdbot/domain/Health/HealthDocument"
import type { ProfileDocument } from "@clawdbot/domain/Profile/ProfileDocument"
import type { StoreCorrupt, StoreTooNew } from "@clawdbot/domain/Profile/ProfileError"
import type { ProfileId } from "@clawdbot/domain/Profile/ProfileId"
import { hourMs } from "@clawdbot/domain/Usage/UsageCell"
import * as Effect from "effect/Effect"
import * as SharedSecrets from "../Client/sharedSecrets.ts"
import { Database, type DatabaseError, type Query } from "../Database.ts"
import { HealthTable } from "../Health/HealthTable.ts"
import type { Keys } from "../Keyring.ts"
import { JournalTable } from "../OAuth/JournalTable.ts"
import * as DocumentRows from "../Profile/documentRows.ts"
import * as KeptAsidePostgres from "../Profile/KeptAsidePostgres.ts"
import { pathOf, StoreRows } from "../Profile/storeRows.ts"
import * as UsageTable from "../Usage/UsageTable.ts"
import type { StoreContent, StoredClient } from "./folderTexts.ts"
import { MoveDiffers } from "./MoveError.ts"

interface ClientRow {
  readonly name: string
  readonly hash: string
  readonly agent: AgentId | null
  readonly created_at: number
}

const agentsIn = (query: Query, table: string) =>
  Effect.map(
    query<{ readonly agent: AgentId }>(`select distinct agent from ${table} order by agent`),
    (rows) => rows.map(({ agent }) => agent)
  )

const documents = (database: typeof Database.Service, keys: Keys) =>
  Effect.gen(function* () {
    const { options, query, table } = database
    const rows = new StoreRows(database, keys)
    const found: Array<readonly [AgentId, ProfileDocument]> = []
    for (const agent of yield* agentsIn(query, table("agent_store"))) {
      const stored = yield* rows.read(query, agent)
      const document = yield* DocumentRows.toDocument(stored.rows, pathOf(options.schema, agent))
      found.push([agent, document])
    }
    return found
  })

const health = ({ query, table }: typeof Database.Service, rows: HealthTable) =>
  Effect.gen(function* () {
    const byAgent = new Map<AgentId, Map<ProfileId, ProfileHealth>>()
    const stored = yield* rows.all(query, yield* agentsIn(query, table("health")))
    for (const { agent, health, profile } of stored) {
      // Health can be learned again.
      if (health === undefined) continue
      const profiles = byAgent.get(agent) ?? new Map<ProfileId, ProfileHealth>()
      byAgent.set(agent, profiles.set(profile, health))
    }
    return byAgent
  })

const clients = ({ query, table }: typeof Database.Service) =>
  Effect.map(
    query<ClientRow>(
      `select name, hash, agent, created_at::float8 as created_at from ${table("client_token")}
       order by name`
    ),
    (rows) =>
      rows.map(
        ({ agent, created_at: createdAt, hash, name }): StoredClient => ({
          name,
          hash,
          agent: agent ?? undefined,
          createdAt
        })
      )
  )

/** Everything; what is sealed and does not open is refused, never left behind. */
export const readStoreContent = (
  database: typeof Database.Service,
  keys: Keys
): Effect.Effect<StoreContent, DatabaseError | MoveDiffers | StoreCorrupt | StoreTooNew> =>
  Effect.gen(function* () {
    const { query, table } = database
    const notOpened = (name: string) => (error: DatabaseError | "NotOpened") => {
      if (error === "NotOpened") return new MoveDiffers({ name })
      return error
    }
    const { admin, client } = SharedSecrets.secretNames
    const secrets = yield* Effect.mapError(
      SharedSecrets.read(database, keys, [admin, client]),
      notOpened("the gateway's tokens")
    )
    const usage = yield* Effect.provideService(UsageTable.make, Database, database)
    return {
      documents: yield* documents(database, keys),
      health: yield* health(database, new HealthTable(database, keys)),
      kept: yield* Effect.mapError(
        KeptAsidePostgres.all(query, table, keys),
        notOpened("a logged out profile")
      ),
      journal: yield* new JournalTable(database, keys, "").all(query),
      cells: yield* usage.read({ since: 0, until: 2 ** 31 * hourMs }),
      pins: yield* query<Pin>(
        `select agent, id, kind, profile from ${table("resource_pin")} order by used_on, agent, id`
      ),
      clients: yield* clients(database),
      own: { admin: secrets.get(admin), client: secrets.get(client) }
    }
  })
