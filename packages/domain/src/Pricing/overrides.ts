/** Prices that a person set (`pricing.overrides`), found by model and profile. Pure. */
import type { PriceOverride, Pricing } from "../Config/pricingSection.ts"
import { plainModelId } from "../Health/modelGroups.ts"

/** Prices of one model. */
export type Override = PriceOverride

/** Whom prices are for. */
export interface Whose {
  readonly profile: string
  readonly provider: string
}

/** The overrides of one config. */
export interface Overrides {
  /** By the model's id without provider, date and suffixes: the one that fits most closely. */
  readonly find: (plainModel: string, whose: Whose) => Override | undefined
}

const none: Overrides = { find: () => undefined }

/** How closely an override fits: the smaller, the more closely; undefined: not at all. */
const distance = (override: Override, { profile, provider }: Whose): number | undefined => {
  if (override.profile !== undefined) return override.profile === profile ? 0 : undefined
  if (override.provider !== undefined) return override.provider === provider ? 1 : undefined
  return 2
}

const make = ({ overrides = [] }: Pricing): Overrides => {
  const byModel = new Map<string, Array<Override>>()
  for (const override of overrides) {
    const name = plainModelId(override.model)
    const same = byModel.get(name)
    if (same === undefined) byModel.set(name, [override])
    else same.push(override)
  }
  return {
    find: (plainModel, whose) => {
      let best: Override | undefined
      let least = Number.POSITIVE_INFINITY
      for (const override of byModel.get(plainModel) ?? []) {
        const far = distance(override, whose)
        if (far === undefined || far >= least) continue
        best = override
        least = far
      }
      return best
    }
  }
}

/** Configs live as long as they are in force, and so does what was made of them. */
const known = new WeakMap<Pricing, Overrides>()

/** The overrides of a config, put in order once. */
export const overridesOf = (pricing: Pricing | undefined): Overrides => {
  if (pricing === undefined) return none
  const before = known.get(pricing)
  if (before !== undefined) return before
  const made = make(pricing)
  known.set(pricing, made)
  return made
}
