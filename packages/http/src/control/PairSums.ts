/** Sums by profile and model, of which only so many are kept. */

/**
 * So many pairs of profile and model are kept. Clients name models as they like: what comes beyond
 * is counted together, under the model `other` of the profile `other`.
 */
export const maxPairs = 2_000

const other = "other"

/** One sum. */
export interface PairSum<A> {
  readonly profile: string
  readonly model: string
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
  add(profile: string, model: string, more: A): void {
    const ofProfile = this.sums.get(profile)
    const known = ofProfile?.get(model)
    if (ofProfile !== undefined && known !== undefined)
      return void ofProfile.set(model, this.both(known, more))
    if (this.pairs >= maxPairs && profile !== other) return this.add(other, other, more)
    this.sums.set(profile, (ofProfile ?? new Map<string, A>()).set(model, more))
    this.pairs += 1
  }

  /** All sums. */
  all(): ReadonlyArray<PairSum<A>> {
    return [...this.sums].flatMap(([profile, ofProfile]) =>
      [...ofProfile].map(([model, sum]) => ({ profile, model, sum }))
    )
  }
}
