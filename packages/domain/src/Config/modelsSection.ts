/** The section `models` of `clawdbot.json`: providers and their addresses. */
import * as Schema from "effect/Schema"
import { described, Text } from "./schemaParts.ts"

/** One model a provider entry lists. */
export const ModelDefinition = Schema.suspend(() =>
  Schema.Struct(
    {
      id: Text.annotations({ description: "The provider's id of the model." }),
      name: Text.annotations({ description: "The display name of the model." })
    },
    Schema.Record({ key: Schema.String, value: Schema.Unknown })
  )
)

/** `models.providers.<id>`. */
export const Provider = Schema.suspend(() =>
  Schema.Struct({
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
)
export type Provider = typeof Provider.Type

/** The section `models`. */
export const Models = Schema.suspend(() =>
  Schema.Struct(
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
)
export type Models = typeof Models.Type
