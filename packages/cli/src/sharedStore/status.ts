/** What `clawdbot store status` finds out and says. Loaded only for that command. */
import { type Paths, StatePaths, shorten } from "@clawdbot/domain/Environment/StatePaths"
import { version } from "@clawdbot/domain/version"
import { Database, layer } from "@clawdbot/postgres/Database"
import * as Keyring from "@clawdbot/postgres/Keyring"
import * as Migrate from "@clawdbot/postgres/migrate"
import * as StoreSettings from "@clawdbot/postgres/storeSettings"
import * as Effect from "effect/Effect"
import { settingsHere } from "./settingsHere.ts"

/** Credentials in files: no store to look at. */
interface FilesStatus {
  readonly type: "files"
  readonly stateDir: string
}

/** A shared store that this host can use. */
interface SharedStatus {
  readonly type: "postgres"
  readonly database: string
  readonly schema: string
  readonly format: number
  readonly cluster: string | undefined
  /** The mark of the key that secrets are sealed under. */
  readonly key: string
  readonly agents: number
  readonly profiles: number
  /** Refreshed logins that are not in every store yet. */
  readonly unfinishedRefreshes: number
}

/** Where credentials are kept, and what is to be known about it. */
export type StoreStatus = FilesStatus | SharedStatus

/** What a store that can be used says of itself; fails with why it cannot be. */
export const storeStatus = Effect.gen(function* () {
  const found = yield* settingsHere
  if (found === undefined) {
    const { stateDir } = yield* StatePaths
    const inFiles: StoreStatus = { type: "files", stateDir }
    return inFiles
  }
  const { paths, settings, snapshot } = found
  const key = yield* StoreSettings.readKey(snapshot, paths)
  return yield* Effect.gen(function* () {
    const { cluster, format } = yield* Migrate.checkUsable(version)
    yield* (yield* Keyring.Keyring).keys
    const { query, table } = yield* Database
    const [counts] = yield* query<
      Pick<SharedStatus, "agents" | "profiles" | "unfinishedRefreshes">
    >(
      `select (select count(*)::int from ${table("agent_store")}) as agents,
         (select count(*)::int from ${table("profile")}) as profiles,
         (select count(*)::int from ${table("refresh_entry")} where state = 'answered')
           as "unfinishedRefreshes"`
    )
    const { connection, schema } = settings.database
    const status: StoreStatus = {
      type: "postgres",
      database: connection.where,
      schema,
      format,
      cluster,
      key: key.mark,
      agents: counts?.agents ?? 0,
      profiles: counts?.profiles ?? 0,
      unfinishedRefreshes: counts?.unfinishedRefreshes ?? 0
    }
    return status
  }).pipe(Effect.provide(Keyring.layer(key)), Effect.provide(layer(settings.database)))
})

/** The same for a person. */
export const toText = (paths: Paths, status: StoreStatus): ReadonlyArray<string> => {
  if (status.type === "files") {
    const folder = shorten(paths, status.stateDir)
    return [`Credentials are kept in files on this machine (${folder}); nothing to check.`]
  }
  return [
    `Database: ${status.database}, schema "${status.schema}", format ${status.format}`,
    `Key:      ${status.key}`,
    `Stored:   ${status.profiles} profiles of ${status.agents} agents; refreshes that are not ` +
      `finished: ${status.unfinishedRefreshes}`
  ]
}
