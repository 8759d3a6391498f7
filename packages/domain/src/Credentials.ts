/**
 * Credentials for requests to Claude: the one service that programs import. Where they come from is
 * the layer's business: `MachineCredentials` of `@clawdbot/node`, `TestCredentials` of
 * `@clawdbot/testing`.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { Explanation } from "./Auth/Explanation.ts"
import type { Credential, Headers } from "./Credential.ts"
import type { AnswerBroken, CredentialError, ProviderRefused } from "./CredentialError.ts"

/**
 * What a credential is wanted for; all of it is optional.
 *
 * @since 0.1.0
 * @category models
 */
export interface Request {
  /** Whose credentials. Default: the default agent of the config, which is `main` without one. */
  readonly agent?: string | undefined
  /** Default: `anthropic`. */
  readonly provider?: string | undefined
  /** The model that is asked; limits of others do not count. */
  readonly model?: string | undefined
  /** Only this profile may answer, even while it cools down. */
  readonly profile?: string | undefined
  /** Keeps a conversation on one credential, and with it the provider's prompt cache. */
  readonly conversation?: string | undefined
  /** The path of the request, where it is not `/v1/messages`: it may have limits of its own. */
  readonly path?: string | undefined
  /** Whether it asks for fast mode, which has limits of its own. */
  readonly fast?: boolean | undefined
  /** How long the secret will be kept by whoever asks: it is refreshed where it ends before. */
  readonly validFor?: Duration.DurationInput | undefined
}

/**
 * An answer that was read to its end. Header names are lower-case.
 *
 * @since 0.1.0
 * @category models
 */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/**
 * An answer whose body is still coming.
 *
 * @since 0.1.0
 * @category models
 */
export interface StreamedAnswer<E> {
  readonly status: number
  readonly headers: Headers
  readonly bytes: Stream.Stream<Uint8Array, E>
}

/**
 * An answer that no other credential is tried for any more.
 *
 * @since 0.1.0
 * @category models
 */
export interface OpenAnswer<E> extends StreamedAnswer<E | AnswerBroken> {
  readonly answeredBy: string
}

/**
 * - `get` gives the credential a request would be sent with now. Report what came of it.
 * - `use` sends with one credential after the other until one answers. A refusal that no other
 *   credential could better is a `ProviderRefused`, never a success. An error of `send` ends it:
 *   it is known to `send` alone whether it may be repeated.
 * - `open` does the same for an answer whose body is streamed: while nothing of worth has come,
 *   another credential may be tried, also where `send` fails, once. Afterwards the bytes are
 *   handed on as they come; an answer that ends before `message_stop` fails with `AnswerBroken`.
 * - `useStream` is `open` for those who want the bytes alone.
 * - `explain` says who would answer now, why, and when the others come back; nothing is sent.
 *   Without a model it is for the one that the agent uses.
 * - `changes` gives the present explanation, and a new one whenever a credential, the config or a
 *   cooldown changes.
 *
 * @since 0.1.0
 * @category services
 * @example
 * import { Credentials } from "@clawdbot/domain/Credentials"
 * import { Effect, Redacted } from "effect"
 *
 * export const key = Effect.gen(function* () {
 *   const credentials = yield* Credentials
 *   const { profile, secret } = yield* credentials.get({ model: "claude-opus-4-5" })
 *   return { profile, length: Redacted.value(secret).length }
 * })
 */
export class Credentials extends Context.Tag("@clawdbot/domain/Credentials")<
  Credentials,
  {
    readonly get: (request?: Request) => Effect.Effect<Credential, CredentialError>
    readonly explain: (request?: Request) => Effect.Effect<Explanation, CredentialError>
    readonly use: <E, R>(
      request: Request,
      send: (credential: Credential) => Effect.Effect<Answer, E, R>
    ) => Effect.Effect<
      Answer & { readonly answeredBy: string },
      CredentialError | ProviderRefused | E,
      R
    >
    readonly open: <E, E2, R>(
      request: Request,
      send: (credential: Credential) => Effect.Effect<StreamedAnswer<E2>, E, R>
    ) => Effect.Effect<
      OpenAnswer<E2>,
      CredentialError | ProviderRefused | AnswerBroken | E | E2,
      Exclude<R, Scope.Scope> | Scope.Scope
    >
    readonly useStream: <E, E2, R>(
      request: Request,
      send: (credential: Credential) => Effect.Effect<StreamedAnswer<E2>, E, R>
    ) => Stream.Stream<
      Uint8Array,
      CredentialError | ProviderRefused | AnswerBroken | E | E2,
      Exclude<R, Scope.Scope>
    >
    readonly changes: Stream.Stream<Explanation>
  }
>() {}
