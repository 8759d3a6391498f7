/** What is wrong with prices of a config though each value has the right shape. Pure. */
import type { PriceOverride, Pricing } from "../Config/pricingSection.ts"
import { plainModelId } from "../Health/modelGroups.ts"

/** A fault of one override. */
export interface PricingFault {
  /** Its position in the list. */
  readonly index: number
  /** The key at fault; undefined: the override as a whole. */
  readonly key: keyof PriceOverride | undefined
  readonly problem: string
  readonly cure: string
}

const kinds = ["input", "output", "cacheRead", "cacheWrite5m", "cacheWrite1h"] as const

const nameOf = ({ model, profile, provider }: PriceOverride): string =>
  JSON.stringify([profile, provider, plainModelId(model)])

/** The faults, in the order of the list. */
export const pricingFaults = ({ overrides = [] }: Pricing): ReadonlyArray<PricingFault> => {
  const seen = new Map<string, number>()
  return overrides.flatMap((override, index): ReadonlyArray<PricingFault> => {
    const name = nameOf(override)
    const first = seen.get(name)
    if (first === undefined) seen.set(name, index)
    if (override.profile !== undefined && override.provider !== undefined) {
      const problem = "an override is for a profile or for a provider, not for both"
      return [{ index, key: "provider", problem, cure: "remove one of the two" }]
    }
    if (kinds.every((kind) => override[kind] === undefined)) {
      const problem = "an override without a price changes nothing"
      return [{ index, key: undefined, problem, cure: `add one of ${kinds.join(", ")}` }]
    }
    if (first === undefined) return []
    const problem = `it is for the same as pricing.overrides.${first}, so it would never be used`
    return [{ index, key: undefined, problem, cure: "remove one of the two" }]
  })
}
