/**
 * Port: the tokens that open the gateway (decisions D26, D26a, D26b): its own two, which it makes
 * where nobody set them, and those of named clients. Layers: file (`@clawdbot/node`), a store that
 * gateways share (`@clawdbot/postgres`), memory (`@clawdbot/testing`).
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Either from "effect/Either"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as FileProblem from "../Document/fileProblem.ts"
import { taggedError } from "../Document/taggedError.ts"
import type { Client, ClientTokens } from "./ClientTokens.ts"

/**
 * What is kept of tokens cannot be used. `code` is the system's, or `INVALID` where something else
 * is kept there, or a `FileProblem`.
 */
export class GatewayTokensUnavailable extends taggedError<GatewayTokensUnavailable>()(
  "GatewayTokensUnavailable",
  () => ({
    path: Schema.String,
    operation: Schema.Literal("read", "write", "lock"),
    code: Schema.String
  })
) {
  override get message() {
    return (
      `cannot ${this.operation} the gateway's tokens ${this.path} ` +
      `(${FileProblem.inWords(this.code)})`
    )
  }
}

/** The gateway's own tokens, as far as they were made: one opens `/v1/*`, one the control plane. */
export interface OwnTokens {
  readonly client?: Redacted.Redacted | undefined
  readonly admin?: Redacted.Redacted | undefined
}

/**
 * - `clients` are all named clients; `modifyClients` is a locked read–change–write, durable before
 *   it returns.
 * - `watchClients` gives the named clients as they are now, by the hash of their token, until the
 *   scope closes. A change, whoever made it, is in force within a second; what cannot be read
 *   leaves the last ones in force.
 * - `own` are the gateway's own tokens. `completeOwn` makes those that are wanted and missing: who
 *   does so at once gets the same.
 */
export class AccessTokens extends Context.Tag("@clawdbot/domain/Client/AccessTokens")<
  AccessTokens,
  {
    readonly clients: Effect.Effect<ClientTokens, GatewayTokensUnavailable>
    readonly modifyClients: <E>(
      change: (tokens: ClientTokens) => Either.Either<ClientTokens, E>
    ) => Effect.Effect<void, E | GatewayTokensUnavailable>
    readonly watchClients: Effect.Effect<
      () => ReadonlyMap<string, Client>,
      GatewayTokensUnavailable,
      Scope.Scope
    >
    readonly own: Effect.Effect<OwnTokens, GatewayTokensUnavailable>
    readonly completeOwn: (
      wanted: (stored: OwnTokens) => OwnTokens
    ) => Effect.Effect<OwnTokens, GatewayTokensUnavailable>
  }
>() {}
