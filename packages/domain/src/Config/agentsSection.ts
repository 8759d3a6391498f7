/** The section `agents` of `clawdbot.json`: the agents and their models. */
import * as Schema from "effect/Schema"
import { described, rest } from "./schemaParts.ts"

/** A model with its fallbacks. */
export const ModelChoice = Schema.suspend(() =>
  Schema.Struct({
    primary: described(Schema.String, "The model, as `provider/model` or an alias."),
    fallbacks: described(
      Schema.Array(Schema.String),
      "Fallback models, in order. They are shown and kept for other programs; the " +
        "gateway uses those of `model` where `gateway.modelFallback` is `true`."
    )
  })
)
export type ModelChoice = typeof ModelChoice.Type

/** How long the provider keeps a prompt-cache entry: five minutes or an hour. */
export const CacheControlTtl = Schema.Literal("5m", "1h")
export type CacheControlTtl = typeof CacheControlTtl.Type

/** `agents.defaults.models.<ref>`. */
export const ModelEntry = Schema.suspend(() =>
  Schema.Struct({
    alias: described(
      Schema.String,
      "A short name for the model; an empty one removes the built-in alias."
    ),
    params: described(
      Schema.Struct(
        {
          cacheControlTtl: described(
            CacheControlTtl,
            "The lifetime of prompt-cache breakpoints that name none (API keys only)."
          )
        },
        Schema.Record({ key: Schema.String, value: Schema.Unknown })
      ),
      "Request parameters. All but `cacheControlTtl` are kept for other programs."
    )
  })
)
export type ModelEntry = typeof ModelEntry.Type

/** `agents.defaults`: what holds for every agent. Keys of other programs are kept. */
export const AgentDefaults = Schema.suspend(() =>
  Schema.Struct(
    {
      model: described(ModelChoice, "The default model and its fallbacks."),
      imageModel: described(ModelChoice, "The model for images. Kept for other programs."),
      models: described(
        Schema.Record({
          key: Schema.String,
          value: ModelEntry.annotations({ description: "One model, by `provider/model`." })
        }),
        "Configured models with their alias and parameters; when not empty, also the list of " +
          "allowed models."
      ),
      workspace: described(Schema.String, "Kept for other programs.")
    },
    rest
  )
)

/** One entry of `agents.list`. */
export const AgentEntry = Schema.suspend(() =>
  Schema.Struct(
    {
      id: Schema.String.annotations({
        description: "The agent's name; normalised to lower case with dashes."
      }),
      default: described(Schema.Boolean, "Whether this agent is used when a request names none."),
      name: described(Schema.String, "Kept for other programs."),
      agentDir: described(
        Schema.String,
        "The agent's folder. Default: `<state>/agents/<id>/agent`."
      ),
      model: described(
        Schema.Union(Schema.String, ModelChoice),
        "The agent's own model, as text or with fallbacks, in place of the default one: in " +
          "status, explain and probes, and for choosing a credential that is asked for without a " +
          "model. The gateway puts no model into a request that names none."
      ),
      auth: described(
        Schema.Struct({
          inheritFrom: described(
            Schema.String,
            "Another agent whose profiles this one may use; they are read there and never copied."
          )
        }),
        "Where the agent's credentials come from, besides its own store."
      )
    },
    rest
  )
)
export type AgentEntry = typeof AgentEntry.Type

/** The section `agents`. */
export const Agents = Schema.suspend(() =>
  Schema.Struct({
    defaults: described(AgentDefaults, "Settings for every agent."),
    list: described(Schema.Array(AgentEntry), "The agents.")
  })
)
export type Agents = typeof Agents.Type
