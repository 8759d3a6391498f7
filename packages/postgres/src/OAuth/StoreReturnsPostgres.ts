/** `StoreReturns` of a shared store: told when its database was away and gives leases again. */
import { StoreReturns } from "@clawdbot/domain/OAuth/StoreReturns"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Notices } from "../Notices.ts"

/** Of the database that the notices watch. */
export const layer: Layer.Layer<never, never, Notices> = Layer.effect(
  StoreReturns,
  Effect.map(Notices, (notices) => ({
    onReturn: (run: Effect.Effect<void>) =>
      notices.onConnect({
        stage: "leases",
        task: "resuming refreshes",
        // The first meeting ends no outage.
        run: Effect.suspend(() => (notices.down().totalMs > 0 ? run : Effect.void))
      })
  }))
)
