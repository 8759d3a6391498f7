/** `UsageLedger` in memory. */
import { addTo, hourMs, ofEntry, type UsageSums } from "@clawdbot/domain/Usage/UsageCell"
import { UsageLedger } from "@clawdbot/domain/Usage/UsageLedger"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

/** An empty ledger. */
export const layer: Layer.Layer<UsageLedger> = Layer.sync(UsageLedger, () => {
  const sums: UsageSums = new Map()
  return UsageLedger.of({
    record: (entry) => addTo(sums, ofEntry(entry)),
    cells: ({ since, until }) =>
      Effect.sync(() =>
        [...sums.values()].filter(
          ({ hour }) => hour >= Math.floor(since / hourMs) && hour * hourMs < until
        )
      ),
    flush: Effect.void
  })
})
