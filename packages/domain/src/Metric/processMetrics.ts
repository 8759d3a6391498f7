/**
 * What this process counts of itself, for whoever watches it. The one place where a metric is made:
 * whatever stands here is exported at `/metrics` (docs/gateway.md), and a test walks the list. What
 * is counted of each request is kept beside, in `http/control/Metrics`: it lies on a request's
 * path.
 */
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import type { RefreshCause } from "../OAuth/OAuthError.ts"

/** What came of the redemption of a refresh token: `granted`, or why not. */
export type RefreshResult = "granted" | RefreshCause

/** A counter without labels. `name` ends in `_total`. */
interface Count {
  readonly _tag: "Count"
  readonly name: string
  readonly help: string
  readonly metric: Metric.Metric.Counter<number>
}

/** Counters under the values of one label. */
interface CountByLabel {
  readonly _tag: "CountByLabel"
  readonly name: string
  readonly help: string
  readonly label: string
  readonly metric: Metric.Metric.Frequency<string>
}

const count = (name: string, help: string): Count => ({
  _tag: "Count",
  name,
  help,
  metric: Metric.counter(name, { description: help, incremental: true })
})

const countByLabel = (name: string, label: string, help: string): CountByLabel => ({
  _tag: "CountByLabel",
  name,
  help,
  label,
  metric: Metric.frequency(name, { description: help })
})

/** Refresh tokens redeemed, by {@link RefreshResult}. */
export const refreshes = countByLabel(
  "clawdbot_oauth_refreshes_total",
  "result",
  "Refresh tokens redeemed by this process, by result."
)

/** Requests whose cache breakpoints got the configured lifetime. */
export const cacheTtlSet = count(
  "clawdbot_cache_ttl_set_total",
  "Requests whose cache breakpoints got the configured lifetime."
)

/** Requests that were left alone because setting the lifetime would have made them invalid. */
export const cacheTtlLeftAlone = countByLabel(
  "clawdbot_cache_ttl_left_alone_total",
  "reason",
  "Requests that were sent without the configured cache lifetime, by why it could not be set."
)

/** Requests whose usage a store did not take, and which are therefore in no report. */
export const usageLost = count(
  "clawdbot_usage_lost_requests_total",
  "Requests whose usage could not be stored, and is in no report."
)

/** Requests that were not reported to the collector, because it was away for too long. */
export const telemetryDropped = count(
  "clawdbot_otel_requests_dropped_total",
  "Requests whose traces were dropped because the collector of OpenTelemetry did not take them."
)

/** Statements and transactions of a shared store. */
export const storeQueries = countByLabel(
  "clawdbot_store_queries_total",
  "result",
  "Statements and transactions sent to the database of a shared store: ok, or failed."
)

/** Refreshed logins that a store had lost, and that were stored again. */
export const storeReasserted = count(
  "clawdbot_store_reasserted_total",
  "Refreshed logins that were stored again because the database had gone back in time."
)

/** Refreshed logins that were not stored because the credential had changed meanwhile. */
export const storeSuperseded = count(
  "clawdbot_store_cas_lost_total",
  "Refreshed logins that were not stored because the credential had changed meanwhile."
)

/** All of them, in the order in which they are exported. */
export const all: ReadonlyArray<Count | CountByLabel> = [
  refreshes,
  cacheTtlSet,
  cacheTtlLeftAlone,
  usageLost,
  telemetryDropped,
  storeQueries,
  storeReasserted,
  storeSuperseded
]

/** A metric as it is now: its value, or one for each value of its label. */
export interface Reading {
  readonly name: string
  readonly help: string
  readonly label: string | undefined
  /** By the label's value; under an empty string where there is no label. */
  readonly values: ReadonlyMap<string, number>
}

const readOne = (metric: Count | CountByLabel): Effect.Effect<Reading> => {
  const { help, name } = metric
  switch (metric._tag) {
    case "Count":
      return Effect.map(Metric.value(metric.metric), (state) => ({
        name,
        help,
        label: undefined,
        values: new Map([["", state.count]])
      }))
    case "CountByLabel":
      return Effect.map(Metric.value(metric.metric), ({ occurrences }) => ({
        name,
        help,
        label: metric.label,
        values: occurrences
      }))
  }
}

/** What all of them say now. */
export const readAll: Effect.Effect<ReadonlyArray<Reading>> = Effect.forEach(all, readOne)
