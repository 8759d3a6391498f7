/**
 * What this process counts of itself, for whoever watches it. The one place where a metric is made:
 * whatever stands here is exported at `/metrics` (docs/gateway.md), and a test walks the list. What
 * is counted of each request is kept beside, in `http/control/Metrics`: it lies on a request's
 * path.
 */
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as MetricBoundaries from "effect/MetricBoundaries"
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

/** A value that goes up and down. */
interface Amount {
  readonly _tag: "Amount"
  readonly name: string
  readonly help: string
  readonly metric: Metric.Metric.Gauge<number>
}

/** Such values, each for one value of a label, of a closed set. */
interface AmountByLabel<K extends string> {
  readonly _tag: "AmountByLabel"
  readonly name: string
  readonly help: string
  readonly label: string
  readonly metrics: Readonly<Record<K, Metric.Metric.Gauge<number>>>
}

/** How long something takes, in seconds, by upper bounds. `name` ends in `_seconds`. */
interface Durations {
  readonly _tag: "Durations"
  readonly name: string
  readonly help: string
  readonly metric: Metric.Metric.Histogram<number>
}

const amount = (name: string, help: string): Amount => ({
  _tag: "Amount",
  name,
  help,
  metric: Metric.gauge(name, { description: help })
})

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

const unsavedName = "clawdbot_store_unsaved"
const unsavedHelp = "What the database of a shared store does not have yet, by kind."
const unsavedOf = (kind: string) =>
  Metric.gauge(unsavedName, { description: unsavedHelp }).pipe(Metric.tagged("kind", kind))

/** What waits for the database: cells of usage, health of profiles, granted tokens, pins. */
export const storeUnsaved: AmountByLabel<"usage" | "health" | "answers" | "pins"> = {
  _tag: "AmountByLabel",
  name: unsavedName,
  help: unsavedHelp,
  label: "kind",
  metrics: {
    usage: unsavedOf("usage"),
    health: unsavedOf("health"),
    answers: unsavedOf("answers"),
    pins: unsavedOf("pins")
  }
}

/** Refreshes of other gateways whose outcome the database does not have. */
export const storeUndecided = amount(
  "clawdbot_store_undecided_refreshes",
  "Refreshes that other gateways have begun, and whose outcome the database does not have yet."
)

/** How long statements and transactions of a shared store take. */
export const storeQuerySeconds: Durations = {
  _tag: "Durations",
  name: "clawdbot_store_query_seconds",
  help: "Time of a statement or transaction of a shared store, without waiting for a connection.",
  metric: Metric.histogram(
    "clawdbot_store_query_seconds",
    MetricBoundaries.fromIterable([0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5])
  )
}

/** Statements and transactions that wait for a connection. */
export const storePoolWaiting = amount(
  "clawdbot_store_pool_waiting",
  "Statements and transactions of a shared store that wait for a connection of the pool."
)

/** How long a notice takes from one gateway to the others. */
export const storeNoticeLag = amount(
  "clawdbot_store_notice_lag_seconds",
  "How long the last notice of this gateway took through the database of a shared store."
)

/** How far the database's clock is ahead of this machine's. */
export const storeClockOffset = amount(
  "clawdbot_store_clock_offset_seconds",
  "How far the clock of a shared store's database is ahead of this machine's."
)

/** What can be exported. */
export type ProcessMetric = Count | CountByLabel | Amount | AmountByLabel<string> | Durations

/** All of them, in the order in which they are exported. */
export const all: ReadonlyArray<ProcessMetric> = [
  refreshes,
  cacheTtlSet,
  cacheTtlLeftAlone,
  usageLost,
  telemetryDropped,
  storeQueries,
  storeReasserted,
  storeSuperseded,
  storeUnsaved,
  storeUndecided,
  storeQuerySeconds,
  storePoolWaiting,
  storeNoticeLag,
  storeClockOffset
]

/** A metric as it is now: its value, one for each value of its label, or its buckets. */
export interface Reading {
  readonly type: "counter" | "gauge" | "histogram"
  readonly name: string
  readonly help: string
  readonly label: string | undefined
  /** By the label's value; under an empty string where there is no label. */
  readonly values: ReadonlyMap<string, number>
  /** Of a histogram: how many were at most so long, by the upper bound in seconds. */
  readonly buckets?: ReadonlyArray<readonly [number, number]> | undefined
}

const single = (value: number): Reading["values"] => new Map([["", value]])

const readOne = (metric: ProcessMetric): Effect.Effect<Reading> => {
  const { help, name } = metric
  switch (metric._tag) {
    case "Count":
      return Effect.map(Metric.value(metric.metric), (state) => ({
        type: "counter",
        name,
        help,
        label: undefined,
        values: single(state.count)
      }))
    case "CountByLabel":
      return Effect.map(Metric.value(metric.metric), ({ occurrences }) => ({
        type: "counter",
        name,
        help,
        label: metric.label,
        values: occurrences
      }))
    case "Amount":
      return Effect.map(Metric.value(metric.metric), ({ value }) => ({
        type: "gauge",
        name,
        help,
        label: undefined,
        values: single(value)
      }))
    case "AmountByLabel":
      return Effect.map(
        Effect.forEach(Object.entries(metric.metrics), ([kind, gauge]) =>
          Effect.map(Metric.value(gauge), ({ value }) => [kind, value] as const)
        ),
        (values) => ({
          type: "gauge",
          name,
          help,
          label: metric.label,
          values: new Map(values)
        })
      )
    case "Durations":
      return Effect.map(Metric.value(metric.metric), ({ buckets, count: total, sum }) => ({
        type: "histogram",
        name,
        help,
        label: undefined,
        values: new Map([
          ["sum", sum],
          ["count", total]
        ]),
        buckets: [...buckets]
      }))
  }
}

/** What all of them say now. */
export const readAll: Effect.Effect<ReadonlyArray<Reading>> = Effect.forEach(all, readOne)
