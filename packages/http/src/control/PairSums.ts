/** Sums by pairs of names, such as profile and model, of which only so many are kept. */

/**
 * So many pairs are kept. Clients name models as they like: what comes beyond is counted together,
 * under `other` and `other`.
 */
export const maxPairs = 2_000

const other = "other"

/** One sum. */
export interface PairSum<A> {
  readonly first: string
  readonly second: string
  readonly sum: A
}

/** Sums of one gateway. */
export class PairSums<A> {
  private readonly sums = new Map<string, Map<string, A>>()
  private pairs = 0
  private readonly both: (one: A, other: A) => A

  /** `both` adds two of them. */
  constructor(both: (one: A, other: A) => A) {
    this.both = both
  }

  /** Adds to the sum of a pair. */
  add(first: string, second: string, more: A): void {
    const ofFirst = this.sums.get(first)
    const known = ofFirst?.get(second)
    if (ofFirst !== undefined && known !== undefined)
      return void ofFirst.set(second, this.both(known, more))
    if (this.pairs >= maxPairs && first !== other) return this.add(other, other, more)
    this.sums.set(first, (ofFirst ?? new Map<string, A>()).set(second, more))
    this.pairs += 1
  }

  /** All sums. */
  all(): ReadonlyArray<PairSum<A>> {
    return [...this.sums].flatMap(([first, ofFirst]) =>
      [...ofFirst].map(([second, sum]) => ({ first, second, sum }))
    )
  }
}
