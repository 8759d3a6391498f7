/** Tokens by profile, model and kind, as the provider reported them. */
import * as Usage from "@clawdbot/domain/Usage/Usage"
import type { Used } from "../dataPlane/ServedRequest.ts"
import { labels } from "./exposition.ts"
import { PairSums } from "./PairSums.ts"

/** The kinds, as the label says them. */
const kinds: ReadonlyArray<readonly [string, keyof Usage.Usage]> = [
  ["input", "input"],
  ["output", "output"],
  ["cache_read", "cacheRead"],
  ["cache_write_5m", "cacheWrite5m"],
  ["cache_write_1h", "cacheWrite1h"],
  ["cache_write_other", "cacheWriteOther"]
]

/** Sums of one gateway. */
export class TokenCounts {
  private readonly sums = new PairSums(Usage.add)

  /** Adds what one attempt used. Nothing where its answer did not report it. */
  add(model: string, { profile, usage }: Used): void {
    if (usage !== undefined) this.sums.add(profile, model, usage)
  }

  /** A line for each kind that was used. */
  samples(name: string): ReadonlyArray<string> {
    return this.sums.all().flatMap(({ first: profile, second: model, sum }) =>
      kinds.flatMap(([kind, field]) => {
        if (sum[field] === 0) return []
        return [`${name}${labels({ profile, model, kind })} ${sum[field]}`]
      })
    )
  }
}
