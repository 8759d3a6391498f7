/**
 * The sections of `clawdbot.json` that this program owns, as a schema (docs/formats.md).
 * Everything is optional; sections of other programs are tolerated and kept (decision D19). The
 * JSON Schema and `docs/configuration.md` are made from it, so every key carries its description
 * here.
 */
import * as Schema from "effect/Schema"
import { atFirstUse } from "../Document/atFirstUse.ts"
import { Agents } from "./agentsSection.ts"
import { Auth } from "./authSection.ts"
import { Env, Gateway } from "./gatewaySection.ts"
import { Models } from "./modelsSection.ts"
import { Pricing } from "./pricingSection.ts"
import { StoreConfig } from "./StoreConfig.ts"
import { described, rest, section } from "./schemaParts.ts"

/** The config: our sections typed, all others untouched. */
export const Config = Schema.Struct(
  {
    $schema: described(
      Schema.String,
      "The JSON Schema of this file, for editors; clawdbot ignores it."
    ),
    env: section(Env, "Variables to set if the environment does not have them."),
    auth: section(Auth, "The credentials and how they are chosen."),
    models: section(Models, "Providers and their addresses."),
    agents: section(Agents, "The agents and their models."),
    gateway: section(Gateway, "The HTTP gateway."),
    pricing: section(Pricing, "Prices that differ from the provider's list."),
    store: section(StoreConfig, "Where credentials are kept.")
  },
  rest
).annotations({ identifier: "ClawdbotConfig", title: "clawdbot.json" })
export type Config = typeof Config.Type

/** A config that says nothing. */
export const empty: Config = {}

/** Decodes an effective config value (includes and variables resolved). */
export const decode = atFirstUse(() =>
  Schema.decodeUnknownEither(Config, {
    errors: "all",
    onExcessProperty: "preserve"
  })
)
