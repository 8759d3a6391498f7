/**
 * The sums by which one credential is preferred to another (decision D57). A schema, because they
 * stand in explanations. Shares are parts of 1, times epoch ms.
 */

import * as Schema from "effect/Schema"
import { lazily } from "../../Document/lazily.ts"

/** The sums of one candidate. */
export const QuotaSums = lazily(() =>
  Schema.Struct({
    /** What is left of the scarcest limit. */
    headroom: Schema.Number,
    /** What has to be left for the next conversation. */
    reserve: Schema.Number,
    /** What the candidate is compared by; see docs/scheduling.md. */
    room: Schema.Number,
    /** What would have to be used of its seven days every hour so that none of it is lost. */
    neededPerHour: Schema.Number,
    /** Other conversations that it answered in the last five minutes. */
    conversations: Schema.Number,
    /** What its five hours hold, in USD by list price; absent where it is not known. */
    sizeUsd: Schema.optional(Schema.Number),
    /** Where it keeps the prompt cache of the asking conversation. */
    cache: Schema.optional(
      Schema.Struct({
        /** Tokens that can be read from it; absent where no answer has said so yet. */
        tokens: Schema.optional(Schema.Number),
        until: Schema.Number,
        /** What it would cost once to write them with another credential, where that is known. */
        moveUsd: Schema.optional(Schema.Number)
      })
    )
  })
)
export type QuotaSums = typeof QuotaSums.Type
