/**
 * Figures for Prometheus, in its text format (version 0.0.4). Counted from what is reported of each
 * request; labels come from small closed sets, or are bounded where names are counted.
 */
import { type FleetReport, isSilent } from "@clawdbot/domain/Fleet/GatewayFleet"
import type { Reading } from "@clawdbot/domain/Metric/processMetrics"
import type { BudgetFigures } from "../Budgets.ts"
import type { Used } from "../dataPlane/ServedRequest.ts"
import type { AgentFigures } from "./agentFigures.ts"
import { CacheCounts } from "./CacheCounts.ts"
import { CostCounts } from "./CostCounts.ts"
import { Counters } from "./Counters.ts"
import { family, gauge, labels, type Sample } from "./exposition.ts"
import { Histogram } from "./Histogram.ts"
import { HoldCounts } from "./HoldCounts.ts"
import type { RequestReport } from "./RequestLog.ts"
import { TokenCounts } from "./TokenCounts.ts"

/** Upper bounds of the durations of whole requests, in seconds. */
const durationBounds = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600]

/**
 * Upper bounds of the time to the first byte, in seconds: a stream begins within seconds, and one
 * second more is what a person notices.
 */
const firstByteBounds = [0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5, 7.5, 10, 15, 20, 30, 60, 120, 300]

const samplesOf = ({ buckets, label, name, values }: Reading): ReadonlyArray<string> => {
  if (buckets !== undefined) {
    const total = values.get("count") ?? 0
    return [
      ...buckets
        .filter(([bound]) => Number.isFinite(bound))
        .map(([bound, below]) => `${name}_bucket{le="${bound}"} ${below}`),
      `${name}_bucket{le="+Inf"} ${total}`,
      `${name}_sum ${values.get("sum") ?? 0}`,
      `${name}_count ${total}`
    ]
  }
  return [...values].map(([value, count]) => {
    if (label === undefined) return `${name} ${count}`
    return `${name}${labels({ [label]: value })} ${count}`
  })
}

const counted = (reading: Reading): string =>
  family(reading.name, reading.type, reading.help, samplesOf(reading))

/** What is so at the moment of asking. */
export interface Now extends AgentFigures {
  /** Requests under way. */
  readonly open: number
  /** What the process counts of itself. */
  readonly counts: ReadonlyArray<Reading>
  /** Of this program. */
  readonly version: string
  /** The limits of money of clients; none where no client has one. */
  readonly budgets?: ReadonlyArray<BudgetFigures> | undefined
  /** The shared store and its other gateways; undefined where credentials are in files. */
  readonly fleet?: FleetReport | undefined
  /** For how long the store's database was away in all, in ms. */
  readonly storeDownMs?: number | undefined
}

/** The gateways that are heard, by the digest of their config, this one included. */
const gatewaysByConfig = ({ configDigest, others }: FleetReport): ReadonlyArray<Sample> => {
  const counts = new Map([[configDigest, 1]])
  for (const other of others)
    if (!isSilent(other)) counts.set(other.configDigest, (counts.get(other.configDigest) ?? 0) + 1)
  return [...counts].map(([digest, value]) => ({ labels: { config_digest: digest }, value }))
}

/** The families about a shared store; without samples where there is none. */
const ofStore = ({ fleet, storeDownMs = 0 }: Now): ReadonlyArray<string> => {
  const [up, down] = ["clawdbot_store_up", "clawdbot_store_down_seconds_total"]
  const isUp = fleet?.storeDownSince === undefined ? 1 : 0
  return [
    family(
      up,
      "gauge",
      "Whether the database of the shared store is there.",
      fleet === undefined ? [] : [`${up} ${isUp}`]
    ),
    family(
      down,
      "counter",
      "For how long it was away since the gateway started.",
      fleet === undefined ? [] : [`${down} ${storeDownMs / 1_000}`]
    ),
    gauge(
      "clawdbot_gateways",
      "Gateways of the shared store that are heard, by the digest of their config.",
      fleet === undefined ? [] : gatewaysByConfig(fleet)
    )
  ]
}

/** The families about budgets of clients; what is not known has no sample. */
const ofBudgets = ({ budgets = [] }: Now) => [
  gauge(
    "clawdbot_budget_limit_usd",
    "What clients with budgets may be billed in a day, week or month.",
    budgets.map(({ client, limit, usd }) => ({ labels: { client, limit }, value: usd }))
  ),
  gauge(
    "clawdbot_budget_spent_usd",
    "What they have been billed in the one that goes on.",
    budgets.flatMap(({ client, limit, spent }) => {
      if (spent === undefined) return []
      return [{ labels: { client, limit }, value: spent }]
    })
  )
]

/** The families about profiles at the moment of asking. */
const ofProfiles = ({ cooldowns, coolingDown, logins, quotas }: AgentFigures) => [
  gauge(
    "clawdbot_profile_resting",
    "Profiles that are cooling down, as each agent sees them.",
    coolingDown.map(({ agent, kind, profileId }) => ({
      labels: { agent, profile: profileId, kind },
      value: 1
    }))
  ),
  gauge(
    "clawdbot_cooldown_end_timestamp_seconds",
    "When a cooldown ends, by what it applies to and the class of failure; absent without one.",
    cooldowns.map((one) => ({
      labels: { agent: one.agent, profile: one.profileId, scope: one.scope, class: one.class },
      value: one.until / 1_000
    }))
  ),
  gauge(
    "clawdbot_quota_utilization_ratio",
    "Used part of a limit that the provider reported; 1 is full.",
    quotas.map(({ agent, profileId, scope, utilization }) => ({
      labels: { agent, profile: profileId, scope },
      value: utilization
    }))
  ),
  gauge(
    "clawdbot_quota_reset_timestamp_seconds",
    "When a limit that the provider reported starts anew.",
    quotas.map(({ agent, profileId, scope, until }) => ({
      labels: { agent, profile: profileId, scope },
      value: until / 1_000
    }))
  ),
  gauge(
    "clawdbot_quota_forecast_end_timestamp_seconds",
    "When a limit will be used up at the present pace; absent where it resets before that.",
    quotas.flatMap(({ agent, endsAt, profileId, scope }) => {
      if (endsAt === undefined) return []
      return [{ labels: { agent, profile: profileId, scope }, value: endsAt / 1_000 }]
    })
  ),
  gauge(
    "clawdbot_login_expiry_timestamp_seconds",
    "When a login or a setup token ends, and whether it is refreshed before that.",
    logins.map(({ agent, expiresAt, profileId, refreshable }) => ({
      labels: { agent, profile: profileId, refreshable: String(refreshable) },
      value: expiresAt / 1_000
    }))
  )
]

/** The counters of one gateway. */
export class Metrics {
  private readonly requests = new Counters(["status", "refused"])
  private readonly attempts = new Counters(["profile", "result", "class"])
  private readonly tokens = new TokenCounts()
  private readonly costs = new CostCounts()
  private readonly caches = new CacheCounts()
  private readonly holds = new HoldCounts()
  private readonly durations = new Histogram(durationBounds)
  private readonly firstByteOfStreams = new Histogram(firstByteBounds)
  private readonly firstByteOfWhole = new Histogram(firstByteBounds)

  /** Counts one request, and what its attempts used. */
  add(report: RequestReport, used: ReadonlyArray<Used>): void {
    const { attempts, endedAt, firstByteAt, model = "", refused, startedAt, status } = report
    this.requests.add(status, refused ?? "", () => [String(status), refused ?? ""])
    for (const { cause, failureClass, profile, result } of attempts) {
      const why = failureClass ?? cause ?? ""
      this.attempts.add(profile, why === "" ? result : `${result} ${why}`, () => [
        profile,
        result,
        why
      ])
    }
    for (const one of used) {
      this.tokens.add(model, one)
      this.costs.add(model, one)
    }
    if (report.cache !== undefined) this.caches.add(report.client ?? "", report.cache)
    if (report.held !== undefined) this.holds.add(report.held)
    this.durations.add(endedAt - startedAt)
    if (firstByteAt === undefined) return
    const firstByte = report.stream === true ? this.firstByteOfStreams : this.firstByteOfWhole
    firstByte.add(firstByteAt - startedAt)
  }

  private ofRequests(): ReadonlyArray<string> {
    const [requests, attempts, tokens, costs, unpriced, seconds, firstByte] = [
      "clawdbot_requests_total",
      "clawdbot_attempts_total",
      "clawdbot_tokens_total",
      "clawdbot_cost_usd_total",
      "clawdbot_unpriced_answers_total",
      "clawdbot_request_duration_seconds",
      "clawdbot_time_to_first_byte_seconds"
    ]
    return [
      family(
        requests,
        "counter",
        "Requests answered, by status and by the reason where the gateway itself answered.",
        this.requests.samples(requests)
      ),
      family(
        attempts,
        "counter",
        "Attempts with a credential, by profile, result, and class of failure or why its " +
          "login could not be refreshed.",
        this.attempts.samples(attempts)
      ),
      family(
        tokens,
        "counter",
        "Tokens as the provider reported them, by profile, model and kind.",
        this.tokens.samples(tokens)
      ),
      family(
        costs,
        "counter",
        "Cost of answers in USD, by profile and model: `billed` of API keys, `list` what answers " +
          "to subscriptions would have cost with one.",
        this.costs.samples(costs)
      ),
      family(
        unpriced,
        "counter",
        "Answers whose price is not known, by profile and model: in no sum of costs.",
        this.costs.unpriced(unpriced)
      ),
      family(
        seconds,
        "histogram",
        "Time from a request to the end of its response.",
        this.durations.samples(seconds)
      ),
      family(
        firstByte,
        "histogram",
        "Time from a request to the first byte of the provider's answer to it; for a stream, of " +
          "its first content.",
        [
          ...this.firstByteOfStreams.samples(firstByte, 'stream="true"'),
          ...this.firstByteOfWhole.samples(firstByte, 'stream="false"')
        ]
      )
    ]
  }

  /** The text. */
  render(now: Now): string {
    const { counts, open, version } = now
    return `${[
      ...this.ofRequests(),
      ...this.caches.families(),
      ...this.holds.families(),
      ...counts.map(counted),
      gauge("clawdbot_build_info", "The version of the program; always 1.", [
        { labels: { version }, value: 1 }
      ]),
      family("clawdbot_requests_open", "gauge", "Requests in flight.", [
        `clawdbot_requests_open ${open}`
      ]),
      ...ofProfiles(now),
      ...ofBudgets(now),
      ...ofStore(now)
    ].join("\n")}\n`
  }
}
