/** `gateway.budgets` of `clawdbot.json`: what the holder of a client token may use. */
import * as Schema from "effect/Schema"
import { described } from "./schemaParts.ts"

const Usd = Schema.Number.pipe(Schema.finite(), Schema.positive())
const PerMinute = Schema.Int.pipe(Schema.positive())

/** `gateway.budgets.<client>`: the limits of one client; a limit that is not set does not exist. */
export const ClientBudget = Schema.suspend(() =>
  Schema.Struct({
    usdPerDay: described(Usd, "USD that API keys may be billed for it in a day of UTC."),
    usdPerWeek: described(Usd, "The same in a week of UTC, which begins on Monday."),
    usdPerMonth: described(Usd, "The same in a calendar month of UTC."),
    tokensPerMinute: described(
      PerMinute,
      "Tokens a minute: prompt and output, without what comes out of the prompt cache."
    ),
    requestsPerMinute: described(PerMinute, "Requests to `/v1/messages` a minute."),
    failOpen: described(
      Schema.Boolean,
      "Whether requests are served while it cannot be known what was spent, and requests whose " +
        "cost no answer reports, such as batches. Default: they are refused."
    )
  })
)
export type ClientBudget = typeof ClientBudget.Type

/** `gateway.budgets`. */
export const Budgets = Schema.suspend(() =>
  Schema.Record({
    key: Schema.String,
    value: ClientBudget.annotations({
      description: "The limits of one client, by the name of its token."
    })
  })
)
export type Budgets = typeof Budgets.Type
