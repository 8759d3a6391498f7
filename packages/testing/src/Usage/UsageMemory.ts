/** `UsageLedger` in memory. */
import { UsageBook } from "@clawdbot/domain/Usage/UsageBook"
import { hourMs } from "@clawdbot/domain/Usage/UsageCell"
import { UsageLedger } from "@clawdbot/domain/Usage/UsageLedger"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

/** An empty ledger. */
export const layer: Layer.Layer<UsageLedger> = Layer.sync(UsageLedger, () => {
  const book = new UsageBook()
  return UsageLedger.of({
    record: (entry) => book.record(entry),
    cells: ({ since, until }) =>
      Effect.sync(() =>
        book
          .cells()
          .filter(({ hour }) => hour >= Math.floor(since / hourMs) && hour * hourMs < until)
      ),
    flush: Effect.void
  })
})
