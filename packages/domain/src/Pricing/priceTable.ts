/**
 * The provider's list prices as data, in USD for a million tokens, each with the day from which it
 * holds. A model that is not here has no known price. Pure.
 */

/** Prices of the kinds of tokens, in USD for a million of them. */
export interface Rates {
  readonly input: number
  readonly output: number
  readonly cacheWrite5m: number
  readonly cacheWrite1h: number
  readonly cacheRead: number
}

/** Prices that hold from a day on. */
export interface DatedRates {
  /** Day of UTC, as `2026-10-07`; undefined: ever since there is the model. */
  readonly from: string | undefined
  readonly rates: Rates
}

/** What a line of models costs. */
export interface ModelPrices {
  readonly name: string
  /** The ids, without provider, date and suffixes. */
  readonly models: ReadonlyArray<string>
  /** Oldest first. */
  readonly dated: ReadonlyArray<DatedRates>
  /** What fast mode multiplies every price by; undefined where there is none. */
  readonly fast: number | undefined
  /** What a longer prompt multiplies every price of its whole request by. */
  readonly longPrompt: { readonly aboveTokens: number; readonly factor: number } | undefined
  /** Whether the model can be held to one region, which costs {@link usRegionFactor}. */
  readonly hasRegions: boolean
}

/** What processing in the United States only multiplies the prices of tokens by. */
export const usRegionFactor = 1.1

/** What the price of tokens is multiplied by in a batch. */
export const batchFactor = 0.5

/** What one search of the web costs, in USD. */
export const webSearchUsd = 0.01

const rates = (
  input: number,
  output: number,
  cacheWrite5m: number,
  cacheWrite1h: number,
  cacheRead: number
): Rates => ({ input, output, cacheWrite5m, cacheWrite1h, cacheRead })

const always = (only: Rates): ReadonlyArray<DatedRates> => [{ from: undefined, rates: only }]

const plain = { fast: undefined, longPrompt: undefined, hasRegions: true } as const

const opus45to5 = always(rates(5, 25, 6.25, 10, 0.5))
const sonnet4 = always(rates(3, 15, 3.75, 6, 0.3))

/** The table. */
export const priceTable: ReadonlyArray<ModelPrices> = [
  {
    ...plain,
    name: "Opus 5.5",
    models: ["claude-opus-5-5"],
    dated: always(rates(4, 20, 5, 8, 0.2)),
    fast: 2
  },
  {
    ...plain,
    name: "Opus 4.8 and 5",
    models: ["claude-opus-4-8", "claude-opus-5"],
    dated: opus45to5,
    fast: 2
  },
  {
    ...plain,
    name: "Opus 4.6 and 4.7",
    models: ["claude-opus-4-6", "claude-opus-4-7"],
    dated: opus45to5,
    fast: 6
  },
  {
    ...plain,
    name: "Opus 4.5",
    models: ["claude-opus-4-5"],
    dated: opus45to5,
    hasRegions: false
  },
  {
    ...plain,
    name: "Opus 4 and 4.1",
    models: ["claude-opus-4", "claude-opus-4-0", "claude-opus-4-1"],
    dated: always(rates(15, 75, 18.75, 30, 1.5)),
    hasRegions: false
  },
  {
    ...plain,
    name: "Sonnet 5.5",
    models: ["claude-sonnet-5-5"],
    dated: [
      { from: undefined, rates: rates(2, 10, 2.5, 4, 0.2) },
      { from: "2026-10-07", rates: rates(2, 10, 2.5, 4, 0.1) }
    ]
  },
  {
    ...plain,
    name: "Sonnet 5",
    models: ["claude-sonnet-5"],
    dated: always(rates(2, 10, 2.5, 4, 0.2))
  },
  { ...plain, name: "Sonnet 4.6", models: ["claude-sonnet-4-6"], dated: sonnet4 },
  {
    ...plain,
    name: "Sonnet 4 and 4.5",
    models: ["claude-sonnet-4", "claude-sonnet-4-0", "claude-sonnet-4-5"],
    dated: sonnet4,
    hasRegions: false
  },
  {
    ...plain,
    name: "Haiku 5.5",
    models: ["claude-haiku-5-5"],
    dated: always(rates(0.1, 0.5, 0.125, 0.2, 0.01)),
    longPrompt: { aboveTokens: 100_000, factor: 5 }
  },
  {
    ...plain,
    name: "Haiku 4.5",
    models: ["claude-haiku-4-5"],
    dated: always(rates(1, 5, 1.25, 2, 0.1)),
    hasRegions: false
  },
  {
    ...plain,
    name: "Fable and Mythos 5.2",
    models: ["claude-fable-5-2", "claude-mythos-5-2"],
    dated: [{ from: "2026-11-09", rates: rates(8, 40, 10, 16, 0.2) }],
    fast: 2
  },
  {
    ...plain,
    name: "Fable and Mythos 5.1",
    models: ["claude-fable-5-1", "claude-mythos-5-1"],
    dated: always(rates(10, 50, 12.5, 20, 0.25))
  },
  {
    ...plain,
    name: "Fable and Mythos 5",
    models: ["claude-fable-5", "claude-mythos-5"],
    dated: always(rates(10, 50, 12.5, 20, 1))
  }
]

const byModel: ReadonlyMap<string, ModelPrices> = new Map(
  priceTable.flatMap((row) => row.models.map((model) => [model, row] as const))
)

/** What is known of a model's price, by its id without provider, date and suffixes. */
export const pricesOf = (plainModel: string): ModelPrices | undefined => byModel.get(plainModel)

/** The prices of a moment, in epoch ms; undefined before the first ones. */
export const ratesAt = ({ dated }: ModelPrices, at: number): Rates | undefined => {
  for (let index = dated.length - 1; index >= 0; index--) {
    const one = dated[index]
    if (one !== undefined && (one.from === undefined || Date.parse(one.from) <= at))
      return one.rates
  }
  return undefined
}
