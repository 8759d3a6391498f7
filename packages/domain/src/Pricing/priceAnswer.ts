/**
 * What one answer cost: by its own model, speed, region, tier and prompt length, never from sums of
 * several answers. Where anything that the price depends on is unknown, so is the price. Pure.
 */
import { defaults } from "../Config/defaults.ts"
import type { Pricing } from "../Config/pricingSection.ts"
import { plainModelId } from "../Health/modelGroups.ts"
import type { AnswerUsage } from "../Usage/AnswerUsage.ts"
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

/** Undefined where either is not known. */
const plus = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || other === undefined ? undefined : one + other

/** A person's own price, or else that of the list. */
const priceOf = (
  own: number | undefined,
  listed: number | undefined,
  multiplier: number
): number | undefined => {
  if (own !== undefined) return own
  return listed === undefined ? undefined : listed * multiplier
}

/** All tokens of a run at their prices, in millionths of a USD. */
const tokensCost = (
  usage: Usage.Usage,
  own: Override | undefined,
  list: Table.Rates | undefined,
  multiplier: number
): number | undefined => {
  // Kind by kind: names of fields in a list would have to be looked up for each answer.
  let sum = costs(usage.input, priceOf(own?.input, list?.input, multiplier))
  sum = plus(sum, costs(usage.output, priceOf(own?.output, list?.output, multiplier)))
  sum = plus(sum, costs(usage.cacheRead, priceOf(own?.cacheRead, list?.cacheRead, multiplier)))
  sum = plus(
    sum,
    costs(usage.cacheWrite5m, priceOf(own?.cacheWrite5m, list?.cacheWrite5m, multiplier))
  )
  sum = plus(
    sum,
    costs(usage.cacheWrite1h, priceOf(own?.cacheWrite1h, list?.cacheWrite1h, multiplier))
  )
  // For how long it was written is not reported, so neither is at which price.
  return plus(sum, costs(usage.cacheWriteOther, undefined))
}

/** One run of a model, in USD. */
const iterationUsd = (
  model: string | undefined,
  usage: Usage.Usage,
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
  const tokens = tokensCost(usage, override, list, multiplier)
  if (tokens === undefined) return undefined
  return (tokens / perMillion) * region * tier * speed * lengthFactor(prices, usage)
}

/** An answer in fast mode says nothing of the speed of other models that had a part in it. */
const isSpeedKnown = ({ iterations, speed }: AnswerUsage, model: string | undefined) =>
  speed !== "fast" || iterations.every((one) => (one.model ?? model) === model)

/**
 * The price of an answer, in USD; undefined where it is not known. `asked` is the model that was
 * asked for, which counts where the answer names none.
 */
export const priceAnswer = (
  answer: AnswerUsage,
  asked: string | undefined,
  payer: Payer
): number | undefined => {
  const { isComplete, iterations, usage, webSearches } = answer
  const model = answer.model ?? asked
  if (!isComplete || !isSpeedKnown(answer, model)) return undefined
  const searches = webSearches * Table.webSearchUsd * multiplierOf(payer.pricing)
  // Nearly every answer is of one run, whose tokens are its own.
  if (iterations.length === 0) return plus(iterationUsd(model, usage, answer, payer), searches)
  let usd: number | undefined = 0
  for (const run of iterations)
    usd = plus(usd, iterationUsd(run.model ?? model, run.usage, answer, payer))
  return plus(usd, searches)
}
