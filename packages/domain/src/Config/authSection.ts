/** The section `auth` of `clawdbot.json`: the credentials and how they are chosen. */
import * as Schema from "effect/Schema"
import { defaults } from "./defaults.ts"
import { described, PositiveNumber } from "./schemaParts.ts"

/** How a profile's credential may be used, as the config names it. */
export const ProfileMode = Schema.Literal("api_key", "oauth", "token")
export type ProfileMode = typeof ProfileMode.Type

/** `auth.profiles.<id>`: what a profile is, without its secret. */
export const AuthProfile = Schema.suspend(() =>
  Schema.Struct({
    provider: Schema.String.annotations({
      description: "The provider the profile belongs to, e.g. `anthropic`."
    }),
    mode: ProfileMode.annotations({
      description: "The type of credential; `oauth` also accepts a stored setup token."
    }),
    email: described(Schema.String, "Shown beside the profile's name.")
  })
)
export type AuthProfile = typeof AuthProfile.Type

/** `auth.cooldowns`: the ladders that are used where the provider says nothing itself. */
export const Cooldowns = Schema.suspend(() =>
  Schema.Struct({
    billingBackoffHours: described(
      PositiveNumber,
      "First cooldown, in hours, after the provider says a credential is out of credit. " +
        "Default: 10 minutes."
    ),
    billingBackoffHoursByProvider: described(
      Schema.Record({
        key: Schema.String,
        value: PositiveNumber.annotations({
          description: "First cooldown, in hours, for this provider."
        })
      }),
      "The same, for one provider."
    ),
    billingMaxHours: described(
      PositiveNumber,
      `Longest such cooldown, in hours. Default ${defaults["auth.cooldowns.billingMaxHours"]}.`
    ),
    failureWindowHours: described(
      PositiveNumber,
      "Hours without a failure after which the backoff starts again. Default " +
        `${defaults["auth.cooldowns.failureWindowHours"]}.`
    )
  })
)
export type Cooldowns = typeof Cooldowns.Type

/** The section `auth`. */
export const Auth = Schema.suspend(() =>
  Schema.Struct({
    profiles: described(
      Schema.Record({
        key: Schema.String,
        value: AuthProfile.annotations({ description: "One profile, by its id `provider:name`." })
      }),
      "Known profiles by id; their secrets are in each agent's auth-profiles.json."
    ),
    order: described(
      Schema.Record({
        key: Schema.String,
        value: Schema.Array(Schema.String).annotations({
          description: "Profile ids, in order of preference."
        })
      }),
      "Per provider, the profiles to use, in order. With an empty list no stored profile is used."
    ),
    cooldowns: described(
      Cooldowns,
      "The length of cooldowns for which the provider gives no time."
    ),
    scheduling: described(
      Schema.Literal("order", "economy"),
      "How a credential is chosen where no order is set: `order` by type and by which was used " +
        "least recently; `economy` by what is left of each one's limits, when they begin anew " +
        `and where the conversation's prompt cache is. Default \`${defaults["auth.scheduling"]}\`.`
    ),
    payAsYouGoFallback: described(
      Schema.Boolean,
      "Whether a pay-per-use key from the environment or the config may be used when all " +
        "subscription profiles are cooling down. Default: only when there is no " +
        "subscription profile."
    ),
    extraUsage: described(
      Schema.Literal("allow", "never"),
      "Whether a plan whose window is used up may go on as extra usage, which the provider bills " +
        "beside the plan. With `never` such a window is a limit until its reset, as soon as a " +
        `response shows it. Default \`${defaults["auth.extraUsage"]}\`.`
    ),
    holdSeconds: described(
      Schema.Int.pipe(Schema.between(0, 240)),
      "For how many seconds the gateway lets a request wait for the credential that its " +
        "conversation is on, when that is limited for so short a time, instead of moving the " +
        'conversation and losing its prompt cache. With `auth.scheduling: "economy"` requests ' +
        "wait by cost (`auth.waitUsdPerHour`), and this is the longest wait where it is above 0. " +
        `\`0\` sets no time. Default ${defaults["auth.holdSeconds"]}.`
    ),
    waitUsdPerHour: described(
      Schema.Number.pipe(Schema.between(0, 10_000)),
      'What an hour of waiting costs a person, in USD. With `auth.scheduling: "economy"` a ' +
        "request waits for the credential that its conversation is on, where that costs no more " +
        "than writing the prompt cache with another one; a sub-agent's time counts a tenth. " +
        `Default ${defaults["auth.waitUsdPerHour"]}.`
    ),
    refreshAheadSeconds: described(
      Schema.Int.pipe(Schema.between(60, 43_200)),
      "How many seconds before its end a login is refreshed, in the second half of its life at " +
        "the earliest. Default: 120 with files, 900 with a shared store."
    )
  })
)
export type Auth = typeof Auth.Type
