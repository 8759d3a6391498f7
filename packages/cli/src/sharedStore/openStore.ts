/**
 * The store that the config names, where gateways share it. Loaded only where `store.type` says so:
 * no other command pays for the client of a database.
 */
import type { ConfigSnapshot, ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import type { UsageSpan } from "@clawdbot/domain/Usage/UsageLedger"
import { version } from "@clawdbot/domain/version"
import * as PostgresCredentials from "@clawdbot/postgres/PostgresCredentials"
import * as StoreSettings from "@clawdbot/postgres/storeSettings"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { waitingForStore } from "../terminal/withSpinner.ts"

const storeOf = (snapshot: ConfigSnapshot) =>
  Effect.gen(function* () {
    const paths = yield* StatePaths
    const settings = yield* StoreSettings.read(snapshot, paths)
    const key = yield* StoreSettings.readKey(snapshot, paths)
    return { key, settings, version }
  })

/** The same for a command: whoever waits for the database sees it. */
const watchedStoreOf = (snapshot: ConfigSnapshot) =>
  Effect.map(Effect.all([storeOf(snapshot), waitingForStore]), ([store, around]) => ({
    ...store,
    around
  }))

/** The stores of a command, in place of files. */
export const forCommands = (snapshot: ConfigSnapshot) =>
  Layer.unwrapEffect(Effect.map(watchedStoreOf(snapshot), PostgresCredentials.forCommands))

/** The gateway's tokens and the dashboard's sessions, in place of files. */
export const access = (snapshot: ConfigSnapshot) =>
  Layer.unwrapEffect(Effect.map(watchedStoreOf(snapshot), PostgresCredentials.accessForCommands))

/** The gateways of the store, as they are now. */
export const fleet = (snapshot: ConfigSnapshot) =>
  Effect.flatMap(watchedStoreOf(snapshot), (store) => PostgresCredentials.fleet(store, snapshot))

/** What all gateways of the store used in a span of time. */
export const usage = (snapshot: ConfigSnapshot, span: UsageSpan) =>
  Effect.flatMap(watchedStoreOf(snapshot), (store) => PostgresCredentials.usage(store, span))

/** The profiles of a command with their former versions. */
export const forHistory = (snapshot: ConfigSnapshot) =>
  Layer.unwrapEffect(Effect.map(watchedStoreOf(snapshot), PostgresCredentials.forHistory))

/** The stores of a gateway over its own config, in place of files. */
export const forGateway = <E, R>(
  snapshot: ConfigSnapshot,
  config: Layer.Layer<ConfigStore, E, R>
) =>
  Layer.unwrapEffect(
    Effect.map(storeOf(snapshot), (store) => PostgresCredentials.forGateway(store, config))
  )
