/**
 * What one answer cost: by its own model, speed, region, tier and prompt length, never from sums of
 * several answers. Where anything that the price depends on is unknown, so is the price. Pure.
 */
import { defaults } from "../Config/defaults.ts"
import type { Pricing } from "../Config/pricingSection.ts"
import { plainModelId } from "../Health/modelGroups.ts"
import type { AnswerUsage, Iteration } from "../Usage/AnswerUsage.ts"
import * as Usage from "../Usage/Usage.ts"
import { type Override, overridesOf } from "./overrides.ts"
import * as Table from "./priceTable.ts"

/** Who pays for an answer, by which prices, and when it ended. */
export interface Payer {
  readonly profile: string
  readonly provider: string
  readonly pricing: Pricing | undefined
  /** Epoch ms. */
  readonly at: number
}

const multiplierOf = (pricing: Pricing | undefined): number =>
  pricing?.multiplier ?? defaults["pricing.multiplier"]

const perMillion = 1e6

/** What everything is multiplied by for being processed in one region. */
const regionFactor = (region: string | undefined, prices: Table.ModelPrices | undefined) => {
  switch (region) {
    case undefined:
    case "":
    case "global":
    case "not_available":
      return 1
    case "us":
      if (prices?.hasRegions === true) return Table.usRegionFactor
      return undefined
    default:
      return undefined
  }
}

/** What everything is multiplied by for the tier; priority is billed by a contract of its own. */
const tierFactor = (tier: string | undefined): number | undefined => {
  if (tier === undefined || tier === "standard") return 1
  if (tier === "batch") return Table.batchFactor
  return undefined
}

const speedFactor = (
  speed: string | undefined,
  prices: Table.ModelPrices | undefined
): number | undefined => {
  if (speed === undefined || speed === "standard") return 1
  if (speed === "fast") return prices?.fast
  return undefined
}

const lengthFactor = (prices: Table.ModelPrices | undefined, usage: Usage.Usage): number => {
  if (prices?.longPrompt === undefined) return 1
  if (Usage.prompt(usage) > prices.longPrompt.aboveTokens) return prices.longPrompt.factor
  return 1
}

/** The tokens of a kind at the price of one; no tokens cost nothing whatever their price. */
const costs = (tokens: number, price: number | undefined): number | undefined => {
  if (tokens === 0) return 0
  return price === undefined ? undefined : tokens * price
}

const sum = (parts: ReadonlyArray<number | undefined>): number | undefined => {
  let total = 0
  for (const part of parts) {
    if (part === undefined) return undefined
    total += part
  }
  return total
}

const priceOf = (
  override: Override | undefined,
  list: Table.Rates | undefined,
  multiplier: number,
  kind: keyof Table.Rates
): number | undefined => {
  const own = override?.[kind]
  if (own !== undefined) return own
  return list === undefined ? undefined : list[kind] * multiplier
}

/** One run of a model, in USD. */
const iterationUsd = (
  { model, usage }: Iteration,
  answer: AnswerUsage,
  payer: Payer
): number | undefined => {
  if (model === undefined) return undefined
  const name = plainModelId(model)
  const prices = Table.pricesOf(name)
  const list = prices && Table.ratesAt(prices, payer.at)
  const override = overridesOf(payer.pricing).find(name, payer)
  const multiplier = multiplierOf(payer.pricing)
  const region = regionFactor(answer.region, prices)
  const tier = tierFactor(answer.tier)
  const speed = speedFactor(answer.speed, prices)
  if (region === undefined || tier === undefined || speed === undefined) return undefined
  const price = (kind: keyof Table.Rates) => priceOf(override, list, multiplier, kind)
  const tokens = sum([
    costs(usage.input, price("input")),
    costs(usage.output, price("output")),
    costs(usage.cacheRead, price("cacheRead")),
    costs(usage.cacheWrite5m, price("cacheWrite5m")),
    costs(usage.cacheWrite1h, price("cacheWrite1h")),
    // For how long it was written is not reported, so neither is at which price.
    costs(usage.cacheWriteOther, undefined)
  ])
  if (tokens === undefined) return undefined
  return (tokens / perMillion) * region * tier * speed * lengthFactor(prices, usage)
}

/** An answer in fast mode says nothing of the speed of other models that had a part in it. */
const isSpeedKnown = ({ model, speed }: AnswerUsage, iterations: ReadonlyArray<Iteration>) =>
  speed !== "fast" || iterations.every((one) => one.model === model)

/**
 * The price of an answer, in USD; undefined where it is not known. `asked` is the model that was
 * asked for, which counts where the answer names none.
 */
export const priceAnswer = (
  answer: AnswerUsage,
  asked: string | undefined,
  payer: Payer
): number | undefined => {
  if (!answer.isComplete) return undefined
  const model = answer.model ?? asked
  const runs = answer.iterations.length > 0 ? answer.iterations : [{ model, usage: answer.usage }]
  const iterations = runs.map((run) => ({ model: run.model ?? model, usage: run.usage }))
  if (!isSpeedKnown({ ...answer, model }, iterations)) return undefined
  const searches = answer.webSearches * Table.webSearchUsd * multiplierOf(payer.pricing)
  return sum([...iterations.map((run) => iterationUsd(run, answer, payer)), searches])
}
