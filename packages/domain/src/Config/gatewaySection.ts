/** The sections `gateway` and `env` of `clawdbot.json`. */
import * as Schema from "effect/Schema"
import { Budgets } from "./budgetSection.ts"
import { defaults } from "./defaults.ts"
import { described, rest, Text } from "./schemaParts.ts"

/** The section `env`: variables set where the environment has none. */
export const Env = Schema.suspend(() =>
  Schema.Struct(
    {
      shellEnv: described(
        Schema.Struct({
          enabled: described(
            Schema.Boolean,
            "Whether keys missing from the environment are read from the login shell. " +
              "Default false."
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
          value: Schema.Redacted(
            Schema.String.annotations({ description: "The variable's value." })
          )
        }),
        "Variables by name."
      )
    },
    Schema.Record({ key: Schema.String, value: Schema.Unknown })
  )
)
export type Env = typeof Env.Type

/** The section `gateway`. Keys of other programs are kept. */
export const Gateway = Schema.suspend(() =>
  Schema.Struct(
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
      budgets: described(Budgets, "Limits of what clients with a token of their own may use."),
      dashboard: described(
        Schema.Literal("read-only", "manage"),
        "What the dashboard may do: `read-only` shows, `manage` also changes credentials. " +
          "Default `read-only`."
      ),
      accessLog: described(
        Text,
        "File that receives one line of JSON per request; `-` is standard error. The " +
          "flag `--access-log` takes precedence."
      ),
      cacheCauses: described(
        Schema.Boolean,
        "Whether the gateway says of each message what the provider's prompt cache did, and why " +
          "it missed. `false` does nothing and keeps nothing of it. Default: " +
          `${defaults["gateway.cacheCauses"]}.`
      ),
      modelFallback: described(
        Schema.Boolean,
        "Whether a message is answered by the next model of `agents.*.model.fallbacks` when no " +
          "credential can answer with the one it names. The answer says so. Default: " +
          `${defaults["gateway.modelFallback"]}.`
      ),
      modelFallbackExcept: described(
        Schema.Array(Text),
        "Names of clients whose messages are never answered by another model: " +
          "`gateway token add NAME --no-model-fallback`."
      ),
      otel: described(
        Schema.Struct(
          {
            enabled: described(
              Schema.Boolean,
              "`false` exports nothing, whatever the variables say. Default: on where a " +
                "collector is named."
            ),
            endpoint: described(
              Text,
              "The address of a collector that takes OTLP over HTTP, such as " +
                "`http://127.0.0.1:4318`. Without it `OTEL_EXPORTER_OTLP_ENDPOINT` counts; " +
                "without either, nothing is exported."
            ),
            headers: described(
              Schema.Record({
                key: Schema.String,
                value: Schema.Redacted(
                  Schema.String.annotations({ description: "The value of this header." })
                )
              }),
              "Headers for the collector, such as its key."
            )
          },
          rest
        ),
        "Traces and metrics by OpenTelemetry."
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
)
export type Gateway = typeof Gateway.Type
