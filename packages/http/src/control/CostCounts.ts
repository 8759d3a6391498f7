/** What answers cost by profile and model, and how many have no known price. */
import * as Cost from "@clawdbot/domain/Usage/Cost"
import type { Used } from "../dataPlane/ServedRequest.ts"
import { labels } from "./exposition.ts"
import { PairSums } from "./PairSums.ts"

interface Sum {
  readonly cost: Cost.Cost | undefined
  readonly answers: number
}

const both = (one: Sum, other: Sum): Sum => ({
  cost: Cost.add(one.cost, other.cost),
  answers: one.answers + other.answers
})

/** Sums of one gateway, in USD. */
export class CostCounts {
  private readonly sums = new PairSums(both)

  /** Adds one answer. */
  add(model: string, { cost, profile }: Used): void {
    this.sums.add(profile, model, { cost, answers: 1 })
  }

  /** A line for what was billed and one for what is at list price, of each that has some. */
  samples(name: string): ReadonlyArray<string> {
    return this.sums.all().flatMap(({ first: profile, second: model, sum }) =>
      (["billed", "list"] as const).flatMap((kind) => {
        const usd = sum.cost?.[kind] ?? 0
        if (usd === 0) return []
        return [`${name}${labels({ profile, model, kind })} ${usd}`]
      })
    )
  }

  /** A line for each that has answers without a known price. */
  unpriced(name: string): ReadonlyArray<string> {
    return this.sums.all().flatMap(({ first: profile, second: model, sum }) => {
      const count = sum.answers - (sum.cost?.priced ?? 0)
      if (count === 0) return []
      return [`${name}${labels({ profile, model })} ${count}`]
    })
  }
}
