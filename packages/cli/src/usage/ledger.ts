/** The ledger of the gateway on this state folder, or of all gateways of its shared store. */
import type { ConfigSnapshot } from "@clawdbot/domain/Config/ConfigStore"
import { type Paths, StatePaths, shorten } from "@clawdbot/domain/Environment/StatePaths"
import type { UsageSpan } from "@clawdbot/domain/Usage/UsageLedger"
import * as Files from "@clawdbot/node/Usage/UsageFiles"
import * as Effect from "effect/Effect"
import { sharedSnapshot } from "../sharedStore/sharedSnapshot.ts"

/** What all gateways of a shared store used. */
const ofStore = (shared: ConfigSnapshot, span: UsageSpan) =>
  Effect.flatMap(
    Effect.promise(() => import("../sharedStore/openStore.ts")),
    ({ usage }) => usage(shared, span)
  )

/** Where the usage that is shown is recorded. */
const placeOf = (paths: Paths, shared: ConfigSnapshot | undefined): string => {
  if (shared !== undefined) return "the shared store, with that of its other gateways"
  return `${shorten(paths, paths.stateDir)}/usage`
}

/** What was used in a span of time, and where that is recorded, in words. */
export const recorded = Effect.fnUntraced(function* (span: UsageSpan) {
  const shared = yield* sharedSnapshot
  const cells = shared === undefined ? yield* Files.cells(span) : yield* ofStore(shared, span)
  return { cells, place: placeOf(yield* StatePaths, shared) }
})
