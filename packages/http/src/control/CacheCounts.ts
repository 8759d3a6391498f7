/** What the provider's prompt cache did, by client and cause, since the gateway started. */
import type { CacheReport, CacheRow } from "@clawdbot/domain/PromptCache/CacheReport"
import { isMiss, lostTokens } from "@clawdbot/domain/PromptCache/cacheCause"
import { labels } from "./exposition.ts"
import { PairSums } from "./PairSums.ts"

type Sum = Omit<CacheRow, "client" | "cause">

const both = (one: Sum, other: Sum): Sum => ({
  requests: one.requests + other.requests,
  lostTokens: one.lostTokens + other.lostTokens,
  lostUsd: one.lostUsd + other.lostUsd,
  unpriced: one.unpriced + other.unpriced
})

/** Sums of one gateway. */
export class CacheCounts {
  private readonly sums = new PairSums(both)

  /** Adds one request. */
  add(client: string, report: CacheReport): void {
    const isUnpriced = isMiss(report.cause) && report.lostUsd === undefined
    this.sums.add(client, report.cause, {
      requests: 1,
      lostTokens: lostTokens(report),
      lostUsd: report.lostUsd ?? 0,
      unpriced: Number(isUnpriced)
    })
  }

  /** All sums, the most expensive first. */
  rows(): ReadonlyArray<CacheRow> {
    return this.sums
      .all()
      .map(({ model: cause, profile: client, sum }) => ({ client, cause, ...sum }))
      .sort((one, other) => other.lostUsd - one.lostUsd || other.requests - one.requests)
  }

  /** A line for each client and cause. */
  samples(name: string, of: "requests" | "lostTokens" | "lostUsd"): ReadonlyArray<string> {
    return this.rows()
      .filter((row) => of === "requests" || row[of] > 0)
      .map((row) => `${name}${labels({ client: row.client, cause: row.cause })} ${row[of]}`)
  }
}
