/** What the provider's prompt cache did, by client and cause, since the gateway started. */
import type { CacheReport } from "@clawdbot/domain/PromptCache/CacheReport"
import { family, labels } from "./exposition.ts"
import { PairSums } from "./PairSums.ts"

interface Sum {
  readonly requests: number
  readonly lostUsd: number
}

const both = (one: Sum, other: Sum): Sum => ({
  requests: one.requests + other.requests,
  lostUsd: one.lostUsd + other.lostUsd
})

/** Sums of one gateway. */
export class CacheCounts {
  private readonly sums = new PairSums(both)

  /** Adds one request. */
  add(client: string, report: CacheReport): void {
    this.sums.add(client, report.cause, { requests: 1, lostUsd: report.lostUsd ?? 0 })
  }

  /** A line for each client and cause that has some. */
  private samples(name: string, of: keyof Sum): ReadonlyArray<string> {
    return this.sums
      .all()
      .filter(({ sum }) => sum[of] > 0)
      .map(
        ({ first: client, second: cause, sum }) => `${name}${labels({ client, cause })} ${sum[of]}`
      )
  }

  /** The families. */
  families(): ReadonlyArray<string> {
    const [requests, lost] = ["clawdbot_cache_requests_total", "clawdbot_cache_lost_usd_total"]
    return [
      family(
        requests,
        "counter",
        "Messages by client and by what the prompt cache did: a hit, or the cause of a miss.",
        this.samples(requests, "requests")
      ),
      family(
        lost,
        "counter",
        "What misses of the prompt cache cost in USD, by client and cause.",
        this.samples(lost, "lostUsd")
      )
    ]
  }
}
