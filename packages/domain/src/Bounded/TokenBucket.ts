/** An amount that is taken from and comes back evenly, up to its capacity. In memory. Epoch ms. */

const minuteMs = 60_000

/** One bucket; it begins full. */
export class TokenBucket {
  private level: number | undefined
  private at = 0

  /** What can be taken now; without a rate there is no end to it. */
  left(perMinute: number | undefined, now: number, capacity = perMinute): number {
    if (perMinute === undefined || capacity === undefined) return Number.POSITIVE_INFINITY
    // A clock that was set back gives nothing back.
    const passed = Math.max(0, now - this.at)
    this.level = Math.min(capacity, (this.level ?? capacity) + (passed / minuteMs) * perMinute)
    this.at = now
    return this.level
  }

  take(amount: number): void {
    if (this.level !== undefined) this.level -= amount
  }
}
