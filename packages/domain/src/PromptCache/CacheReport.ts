/** What is told of requests and the provider's prompt cache: of one, and of many by cause. */
import * as Schema from "effect/Schema"
import { lazily } from "../Document/lazily.ts"
import { CacheCause } from "./cacheCause.ts"

/** Of one request. Tokens; USD. */
export const CacheReport = lazily(() =>
  Schema.Struct({
    cause: CacheCause,
    /** Where or what: a place in the body, a parameter, an age, two profiles. */
    at: Schema.optional(Schema.String),
    read: Schema.Number,
    written: Schema.Number,
    /** What could have been read; 0 where nothing was to be expected. */
    expected: Schema.Number,
    /** What a miss cost; absent where its price is not known. */
    lostUsd: Schema.optional(Schema.Number),
    /** The provider's own reason, where the client asked for it. */
    provider: Schema.optional(Schema.String)
  })
)
export type CacheReport = typeof CacheReport.Type

/** Of all requests of a client for a model with one cause. */
export const CacheRow = lazily(() =>
  Schema.Struct({
    /** Empty for the gateway's own token; `other`, as the model, for what came beyond a limit. */
    client: Schema.String,
    model: Schema.String,
    cause: CacheCause,
    /** Where the last of them lay, where that can be said. */
    at: Schema.optional(Schema.String),
    requests: Schema.Number,
    /** Tokens that could have been read and were not. */
    lostTokens: Schema.Number,
    lostUsd: Schema.Number,
    /** Misses whose price is not known: in no sum. */
    unpriced: Schema.Number
  })
)
export type CacheRow = typeof CacheRow.Type

/** Of a span of time that ends now. Epoch ms. */
export const CacheSummary = lazily(() =>
  Schema.Struct({
    /** False where `gateway.cacheCauses` is off: nothing is counted then. */
    enabled: Schema.Boolean,
    /** Not before the gateway started; the beginning of an hour of UTC otherwise. */
    since: Schema.Number,
    /** The most expensive first. */
    rows: Schema.Array(CacheRow)
  })
)
export type CacheSummary = typeof CacheSummary.Type
