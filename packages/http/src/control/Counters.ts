/** Counters of requests, bounded whatever clients send. */
import { labels } from "./exposition.ts"

/** A count and the labels it is reported under. */
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
export class Counters {
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
    const given = values()
    const made = labels(
      Object.fromEntries(this.names.map((name, index) => [name, given[index] ?? ""]))
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
