/**
 * Figures for Prometheus, in its text format (version 0.0.4). Counted from what is told of each
 * request; labels come from small closed sets.
 */
import type { Reading } from "@clawdbot/domain/Metric/processMetrics"
import type { CoolingDown } from "./CoolingDown.ts"
import type { RequestReport } from "./RequestLog.ts"

/** Upper bounds of the latency histogram, in seconds. */
const bounds = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600] as const

const escaped = (value: string): string =>
  value.replace(/[\\"\n]/g, (sign) => (sign === "\n" ? "\\n" : `\\${sign}`))

const labels = (values: Readonly<Record<string, string>>): string =>
  `{${Object.entries(values)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(",")}}`

const family = (
  name: string,
  type: "counter" | "gauge" | "histogram",
  help: string,
  samples: Iterable<string>
) => [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...samples].join("\n")

const counted = ({ help, label, name, values }: Reading): string =>
  family(
    name,
    "counter",
    help,
    [...values].map(([value, count]) => {
      if (label === undefined) return `${name} ${count}`
      return `${name}${labels({ [label]: value })} ${count}`
    })
  )

/** A count and the labels it is told under. */
interface Counter {
  readonly labels: string
  count: number
}

/**
 * So many counters of a family are kept: a status for each code, an attempt for each profile,
 * result and class. What comes beyond is counted together, as `other`.
 */
export const maxSeries = 20_000

/**
 * Counters under the values of two labels. A key made of both would be a new text for every
 * request.
 */
class Counters {
  private readonly byLabels = new Map<string | number, Map<string, Counter>>()
  private size = 0
  private readonly names: ReadonlyArray<string>

  /** `names` are those of the labels. */
  constructor(names: ReadonlyArray<string>) {
    this.names = names
  }

  /** Counts one more under the labels' values; their text is made once. */
  add(one: string | number, other: string, values: () => ReadonlyArray<string>): void {
    const within = this.byLabels.get(one)
    const known = within?.get(other)
    if (known !== undefined) {
      known.count += 1
      return
    }
    if (this.size >= maxSeries && one !== "other")
      return this.add("other", "other", () => this.names.map(() => "other"))
    const told = values()
    const made = labels(
      Object.fromEntries(this.names.map((name, index) => [name, told[index] ?? ""]))
    )
    this.byLabels.set(
      one,
      (within ?? new Map<string, Counter>()).set(other, { labels: made, count: 1 })
    )
    this.size += 1
  }

  /** A line for each. */
  samples(name: string): ReadonlyArray<string> {
    return [...this.byLabels.values()]
      .flatMap((within) => [...within.values()])
      .map(({ count, labels }) => `${name}${labels} ${count}`)
  }
}

/** What is so at the moment of asking. */
export interface Now {
  /** Requests under way. */
  readonly open: number
  readonly coolingDown: ReadonlyArray<CoolingDown>
  /** What the process counts of itself. */
  readonly counts: ReadonlyArray<Reading>
  /** Of this program. */
  readonly version: string
}

/** The counters of one gateway. */
export class Metrics {
  private readonly requests = new Counters(["status", "refused"])
  private readonly attempts = new Counters(["profile", "result", "class"])
  private readonly buckets = bounds.map(() => 0)
  private seconds = 0
  private count = 0

  /** Counts one request. */
  add({ attempts, endedAt, refused, startedAt, status }: RequestReport): void {
    this.requests.add(status, refused ?? "", () => [String(status), refused ?? ""])
    for (const { cause, failureClass, profile, result } of attempts) {
      const why = failureClass ?? cause ?? ""
      this.attempts.add(profile, why === "" ? result : `${result} ${why}`, () => [
        profile,
        result,
        why
      ])
    }
    const took = Math.max(0, endedAt - startedAt) / 1_000
    this.seconds += took
    this.count += 1
    const index = bounds.findIndex((bound) => took <= bound)
    if (index >= 0) this.buckets[index] = (this.buckets[index] ?? 0) + 1
  }

  private histogram(name: string): ReadonlyArray<string> {
    let sum = 0
    const below = bounds.map((bound, index) => {
      sum += this.buckets[index] ?? 0
      return `${name}_bucket{le="${bound}"} ${sum}`
    })
    return [
      ...below,
      `${name}_bucket{le="+Inf"} ${this.count}`,
      `${name}_sum ${this.seconds}`,
      `${name}_count ${this.count}`
    ]
  }

  /** The text. */
  render({ counts, open, coolingDown, version }: Now): string {
    const [requests, attempts, seconds] = [
      "clawdbot_requests_total",
      "clawdbot_attempts_total",
      "clawdbot_request_duration_seconds"
    ]
    return `${[
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
        seconds,
        "histogram",
        "Time from a request to the end of its response.",
        this.histogram(seconds)
      ),
      ...counts.map(counted),
      family("clawdbot_build_info", "gauge", "The version of the program; always 1.", [
        `clawdbot_build_info${labels({ version })} 1`
      ]),
      family("clawdbot_requests_open", "gauge", "Requests in flight.", [
        `clawdbot_requests_open ${open}`
      ]),
      family(
        "clawdbot_profile_resting",
        "gauge",
        "Profiles that are cooling down, as each agent sees them.",
        coolingDown.map(
          ({ agent, kind, profileId }) =>
            `clawdbot_profile_resting${labels({ agent, profile: profileId, kind })} 1`
        )
      )
    ].join("\n")}\n`
  }
}
