/** The shared store's settings, for the commands about the store itself. */
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import * as StoreSettings from "@clawdbot/postgres/storeSettings"
import * as Effect from "effect/Effect"

/** How the store is reached; undefined where credentials are in files. */
export const settingsHere = Effect.gen(function* () {
  const snapshot = yield* (yield* ConfigStore).load
  if (snapshot.config.store?.type !== "postgres") return undefined
  const paths = yield* StatePaths
  return { paths, settings: yield* StoreSettings.read(snapshot, paths), snapshot }
})
