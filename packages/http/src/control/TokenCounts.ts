/** Tokens by profile, model and kind, as the provider reported them. */
import * as Usage from "@clawdbot/domain/Usage/Usage"
import type { Used } from "../dataPlane/ServedRequest.ts"
import { labels } from "./exposition.ts"

/**
 * So many pairs of profile and model are kept. Clients name models as they like: what comes beyond
 * is counted together, under the model `other` of the profile `other`.
 */
export const maxPairs = 2_000

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
  private readonly sums = new Map<string, Map<string, Usage.Usage>>()
  private pairs = 0

  /** Adds what one attempt used. Nothing where its answer did not report it. */
  add(model: string, { profile, usage }: Used): void {
    if (usage !== undefined) this.addTo(profile, model, usage)
  }

  private addTo(profile: string, model: string, usage: Usage.Usage): void {
    const ofProfile = this.sums.get(profile)
    const known = ofProfile?.get(model)
    if (ofProfile !== undefined && known !== undefined)
      return void ofProfile.set(model, Usage.add(known, usage))
    if (this.pairs >= maxPairs && profile !== "other") return this.addTo("other", "other", usage)
    this.sums.set(profile, (ofProfile ?? new Map<string, Usage.Usage>()).set(model, usage))
    this.pairs += 1
  }

  /** A line for each kind that was used. */
  samples(name: string): ReadonlyArray<string> {
    return [...this.sums].flatMap(([profile, ofProfile]) =>
      [...ofProfile].flatMap(([model, usage]) =>
        kinds.flatMap(([kind, field]) => {
          if (usage[field] === 0) return []
          return [`${name}${labels({ profile, model, kind })} ${usage[field]}`]
        })
      )
    )
  }
}
