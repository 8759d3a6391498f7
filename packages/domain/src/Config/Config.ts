/**
 * The sections of `clawdbot.json` that this program owns, as a schema (docs/formats.md).
 * Everything is optional; sections of other programs are tolerated and kept (decision D19). The
 * JSON Schema and `docs/configuration.md` are made from it, so every key carries its description
 * here.
 */

import * as Schema from "effect/Schema"
import { atFirstUse } from "../Document/atFirstUse.ts"
import { defaults } from "./defaults.ts"

const described = <A, I, R>(schema: Schema.Schema<A, I, R>, description: string) =>
  Schema.optional(schema.annotations({ description }))

const PositiveNumber = Schema.Number.pipe(Schema.positive())
const Text = Schema.NonEmptyTrimmedString.pipe(Schema.annotations({ identifier: "NonEmptyText" }))

/** How a profile's credential may be used, as the config names it. */
export const ProfileMode = Schema.Literal("api_key", "oauth", "token")
export type ProfileMode = typeof ProfileMode.Type

/** `auth.profiles.<id>`: what a profile is, without its secret. */
export const AuthProfile = Schema.Struct({
  provider: Schema.String.annotations({
    description: "The provider the profile belongs to, e.g. `anthropic`."
  }),
  mode: ProfileMode.annotations({
    description: "The type of credential; `oauth` also accepts a stored setup token."
  }),
  email: described(Schema.String, "Shown beside the profile's name.")
})
export type AuthProfile = typeof AuthProfile.Type

/** `auth.cooldowns`: the ladders that are used where the provider says nothing itself. */
export const Cooldowns = Schema.Struct({
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
export type Cooldowns = typeof Cooldowns.Type

/** The section `auth`. */
export const Auth = Schema.Struct({
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
  cooldowns: described(Cooldowns, "The length of cooldowns for which the provider gives no time."),
  payAsYouGoFallback: described(
    Schema.Boolean,
    "Whether a pay-per-use key from the environment or the config may be used when all " +
      "subscription profiles are cooling down. Default: only when there is no " +
      "subscription profile."
  )
})
export type Auth = typeof Auth.Type

/** One model a provider entry lists. */
export const ModelDefinition = Schema.Struct(
  {
    id: Text.annotations({ description: "The provider's id of the model." }),
    name: Text.annotations({ description: "The display name of the model." })
  },
  Schema.Record({ key: Schema.String, value: Schema.Unknown })
)

/** `models.providers.<id>`. */
export const Provider = Schema.Struct({
  baseUrl: described(
    Text,
    "The address that requests are sent to: https, or http to loopback only; a " +
      "trailing /v1 is dropped. Default: the provider's own address."
  ),
  apiKey: described(Schema.Redacted(Schema.String), "A key used after all stored profiles."),
  auth: described(
    Schema.Literal("api-key", "aws-sdk", "oauth", "token"),
    "Kept for other programs."
  ),
  api: described(
    Schema.Literal(
      "openai-completions",
      "openai-responses",
      "anthropic-messages",
      "google-generative-ai",
      "github-copilot",
      "bedrock-converse-stream"
    ),
    "The type of the provider's API. Kept for other programs."
  ),
  headers: described(
    Schema.Record({
      key: Schema.String,
      value: Schema.String.annotations({ description: "The value of this header." })
    }),
    "Headers added to every request to the provider; `anthropic-beta` is merged, never replaced."
  ),
  authHeader: described(Schema.Boolean, "Kept for other programs."),
  models: described(
    Schema.Array(ModelDefinition),
    "Models of this provider. Optional here; other programs require at least `[]`."
  ),
  oauth: described(
    Schema.Struct({
      tokenUrl: described(
        Text,
        "The address of the token endpoint, which refreshes logins: https, or http to " +
          "loopback only."
      )
    }),
    "Login settings of the provider."
  )
})
export type Provider = typeof Provider.Type

/** The section `models`. */
export const Models = Schema.Struct(
  {
    mode: described(Schema.Literal("merge", "replace"), "Kept for other programs."),
    providers: described(
      Schema.Record({
        key: Schema.String,
        value: Provider.annotations({ description: "One provider." })
      }),
      "Settings by provider."
    )
  },
  Schema.Record({ key: Schema.String, value: Schema.Unknown })
)
export type Models = typeof Models.Type

/** A model with its fallbacks. */
export const ModelChoice = Schema.Struct({
  primary: described(Schema.String, "The model, as `provider/model` or an alias."),
  fallbacks: described(
    Schema.Array(Schema.String),
    "Fallback models, in order. They are shown and kept for other programs; the " +
      "gateway does not use them and sends each request with the model it names."
  )
})
export type ModelChoice = typeof ModelChoice.Type

/** How long the provider keeps a prompt-cache entry: five minutes or an hour. */
export const CacheControlTtl = Schema.Literal("5m", "1h")
export type CacheControlTtl = typeof CacheControlTtl.Type

/** `agents.defaults.models.<ref>`. */
export const ModelEntry = Schema.Struct({
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
export type ModelEntry = typeof ModelEntry.Type

const rest = Schema.Record({ key: Schema.String, value: Schema.Unknown })

/** `agents.defaults`: what holds for every agent. Keys of other programs are kept. */
export const AgentDefaults = Schema.Struct(
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

/** One entry of `agents.list`. */
export const AgentEntry = Schema.Struct(
  {
    id: Schema.String.annotations({
      description: "The agent's name; normalised to lower case with dashes."
    }),
    default: described(Schema.Boolean, "Whether this agent is used when a request names none."),
    name: described(Schema.String, "Kept for other programs."),
    agentDir: described(Schema.String, "The agent's folder. Default: `<state>/agents/<id>/agent`."),
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
export type AgentEntry = typeof AgentEntry.Type

/** The section `agents`. */
export const Agents = Schema.Struct({
  defaults: described(AgentDefaults, "Settings for every agent."),
  list: described(Schema.Array(AgentEntry), "The agents.")
})
export type Agents = typeof Agents.Type

/** The section `env`: variables set where the environment has none. */
export const Env = Schema.Struct(
  {
    shellEnv: described(
      Schema.Struct({
        enabled: described(
          Schema.Boolean,
          "Whether keys missing from the environment are read from the login shell. Default false."
        ),
        timeoutMs: described(
          Schema.NonNegativeInt,
          "Time limit for the login shell, in milliseconds. Default " +
            `${defaults["env.shellEnv.timeoutMs"]}.`
        )
      }),
      "Reading keys from the login shell."
    ),
    vars: described(
      Schema.Record({
        key: Schema.String,
        value: Schema.Redacted(Schema.String.annotations({ description: "The variable's value." }))
      }),
      "Variables by name."
    )
  },
  Schema.Record({ key: Schema.String, value: Schema.Unknown })
)
export type Env = typeof Env.Type

/** The section `gateway`. Keys of other programs are kept. */
export const Gateway = Schema.Struct(
  {
    port: described(
      Schema.Int.pipe(Schema.between(1, 65535)),
      `The port the gateway listens on. Default ${defaults["gateway.port"]}.`
    ),
    bind: described(
      Schema.Literal("auto", "lan", "loopback", "custom", "tailnet"),
      "The addresses it listens on: `loopback` (default), `lan` (all), or a value that " +
        "other programs use."
    ),
    customBindHost: described(Schema.String, 'The address for `bind: "custom"`.'),
    hosts: described(
      Schema.Array(Text),
      "Exact host names that clients may use for the gateway, such as that of a " +
        "reverse proxy or `host.docker.internal`. Its own addresses always work."
    ),
    auth: described(
      Schema.Struct(
        {
          mode: described(
            Schema.Literal("token", "password", "none"),
            "How clients authenticate; `none` is refused off loopback. Default `token`."
          ),
          token: described(
            Schema.Redacted(Schema.String),
            "The client token. Without it `CLAWDBOT_GATEWAY_TOKEN` counts; without either, one " +
              "is created at the first start."
          ),
          adminToken: described(
            Schema.Redacted(Schema.String),
            "The token of the control plane. Created at the first start if there is none."
          ),
          password: described(
            Schema.Redacted(Schema.String),
            "Kept for other programs; accepted as a client token."
          )
        },
        rest
      ),
      "How clients authenticate."
    ),
    usage: described(
      Schema.Struct({
        retentionDays: described(
          Schema.NonNegativeInt,
          `How many days of usage are kept. Default ${defaults["gateway.usage.retentionDays"]}.`
        )
      }),
      "The usage ledger."
    ),
    accessLog: described(
      Text,
      "File that receives one line of JSON per request; `-` is standard error. The " +
        "flag `--access-log` takes precedence."
    ),
    drainSeconds: described(
      Schema.Int.pipe(Schema.between(0, 3_600)),
      "How many seconds requests in flight may continue after the gateway is asked to " +
        "stop. Default " +
        `${defaults["gateway.drainSeconds"]}.`
    )
  },
  rest
)
export type Gateway = typeof Gateway.Type

/** The config: our sections typed, all others untouched. */
export const Config = Schema.Struct(
  {
    $schema: described(
      Schema.String,
      "The JSON Schema of this file, for editors; clawdbot ignores it."
    ),
    env: described(Env, "Variables to set if the environment does not have them."),
    auth: described(Auth, "The credentials and how they are chosen."),
    models: described(Models, "Providers and their addresses."),
    agents: described(Agents, "The agents and their models."),
    gateway: described(Gateway, "The HTTP gateway.")
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
