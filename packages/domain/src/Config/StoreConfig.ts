/**
 * The section `store` of `clawdbot.json`: where credentials are kept. Files are the default; with
 * `postgres` several gateways share one pool of credentials (docs/scale.md). The section is this
 * program's own.
 */
import * as Schema from "effect/Schema"
import { defaults } from "./defaults.ts"
import { described, Text } from "./schemaParts.ts"

const Command = Schema.suspend(() =>
  Schema.NonEmptyArray(
    Schema.String.annotations({ description: "The program, then its arguments." })
  )
)

/** The section. Only {@link StoreConfig.type} counts for files. */
export const StoreConfig = Schema.suspend(() =>
  Schema.Struct({
    type: described(
      Schema.Literal("files", "postgres"),
      "Where credentials are kept: `files` on this machine, or a `postgres` database that " +
        `several gateways share. Default \`${defaults["store.type"]}\`.`
    ),
    url: described(
      Schema.Redacted(Schema.String),
      "The address of the database, as " +
        "`postgres://user:password@host:5432/name?sslmode=verify-full`. " +
        "Without it and the two keys below, `CLAWDBOT_STORE_URL` counts."
    ),
    urlFile: described(Text, "A file that holds the address of the database."),
    urlCommand: described(Command, "A command that prints the address of the database."),
    listenUrl: described(
      Schema.Redacted(Schema.String),
      "The address for notifications, where `url` leads through a pooler. Default: `url`."
    ),
    schema: described(
      Schema.String.pipe(Schema.pattern(/^[a-z_][a-z0-9_]{0,53}$/)),
      `The schema of the tables, at most 54 characters. Default \`${defaults["store.schema"]}\`.`
    ),
    poolSize: described(
      Schema.Int.pipe(Schema.between(1, 100)),
      "The most connections one gateway uses, besides one for notifications. Default " +
        `${defaults["store.poolSize"]}.`
    ),
    pooler: described(
      Schema.Literal("none", "transaction"),
      "Whether `url` leads through a pooler in transaction mode, such as PgBouncer. Default " +
        `\`${defaults["store.pooler"]}\`.`
    ),
    keyFile: described(
      Text,
      "A file that holds the 32-byte key that secrets are sealed under, in base64 or " +
        "hexadecimal. Without it and `keyCommand`, `CLAWDBOT_STORE_KEY` counts."
    ),
    keyCommand: described(Command, "A command that prints that key, such as one that asks a KMS.")
  })
)
export type StoreConfig = typeof StoreConfig.Type
