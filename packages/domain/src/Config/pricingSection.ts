/** The section `pricing` of `clawdbot.json`: prices that differ from the provider's list. */
import * as Schema from "effect/Schema"
import { defaults } from "./defaults.ts"
import { described, Text } from "./schemaParts.ts"

const Price = Schema.Number.pipe(Schema.finite(), Schema.nonNegative())

const price = (of: string) =>
  described(Price, `USD for a million ${of}. Default: the provider's list price.`)

/** `pricing.overrides[]`: what one model costs. */
export const PriceOverride = Schema.suspend(() =>
  Schema.Struct({
    profile: described(Text, "The profile it is for. Default: every profile."),
    provider: described(
      Text,
      "The provider whose profiles it is for; a profile and a provider exclude each other."
    ),
    model: Text.annotations({ description: "The model, such as `claude-opus-4-5`." }),
    input: price("input tokens"),
    output: price("output tokens"),
    cacheRead: price("tokens read from the prompt cache"),
    cacheWrite5m: price("tokens written to the prompt cache for five minutes"),
    cacheWrite1h: price("tokens written to the prompt cache for one hour")
  })
)
export type PriceOverride = typeof PriceOverride.Type

/** The section `pricing`. */
export const Pricing = Schema.suspend(() =>
  Schema.Struct({
    overrides: described(
      Schema.Array(PriceOverride),
      "Prices that hold in place of the list prices. One of a profile comes before one of its " +
        "provider, and that before one of neither."
    ),
    multiplier: described(
      Schema.Number.pipe(Schema.finite(), Schema.positive()),
      "What list prices are multiplied by, such as 0.9 for a discount of 10 %; overrides are " +
        `not. Default ${defaults["pricing.multiplier"]}.`
    )
  })
)
export type Pricing = typeof Pricing.Type
