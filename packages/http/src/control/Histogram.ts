/** A histogram of durations in seconds. */

/** Counts what is added by upper bounds, which grow. */
export class Histogram {
  private readonly bounds: ReadonlyArray<number>
  private readonly counts: Array<number>
  private sum = 0
  private count = 0

  constructor(bounds: ReadonlyArray<number>) {
    this.bounds = bounds
    this.counts = bounds.map(() => 0)
  }

  /** Adds a duration, in ms. */
  add(ms: number): void {
    const seconds = Math.max(0, ms) / 1_000
    this.sum += seconds
    this.count += 1
    const index = this.bounds.findIndex((bound) => seconds <= bound)
    if (index >= 0) this.counts[index] = (this.counts[index] ?? 0) + 1
  }

  /** Its lines; `label` stands beside that of the bounds. */
  samples(name: string, label?: string): ReadonlyArray<string> {
    const beside = label === undefined ? "" : `${label},`
    const own = label === undefined ? "" : `{${label}}`
    let below = 0
    const buckets = this.bounds.map((bound, index) => {
      below += this.counts[index] ?? 0
      return `${name}_bucket{${beside}le="${bound}"} ${below}`
    })
    return [
      ...buckets,
      `${name}_bucket{${beside}le="+Inf"} ${this.count}`,
      `${name}_sum${own} ${this.sum}`,
      `${name}_count${own} ${this.count}`
    ]
  }
}
