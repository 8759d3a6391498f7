/**
 * One credential, ready to be sent.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"

/**
 * `api_key` a key of the console, pay per use · `token` a static bearer, such as a setup token ·
 * `oauth` a login that refreshes itself.
 *
 * @since 0.1.0
 * @category models
 */
export type Kind = "api_key" | "token" | "oauth"

/**
 * Headers by lower-case name, as a client library gives them.
 *
 * @since 0.1.0
 * @category models
 */
export type Headers = Readonly<Record<string, string | undefined>>

/**
 * A whole answer of the provider, to be reported. `body` may be cut after its first 64 KB.
 *
 * @since 0.1.0
 * @category models
 */
export interface ReportedAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body?: string | undefined
}

/**
 * What a program does after it reported an answer: `ok` it is a good one, `try-next` another
 * credential (or the same one, refreshed) may answer: call `get` again, `give-up` no other one can.
 *
 * @since 0.1.0
 * @category models
 */
export type Verdict = "ok" | "try-next" | "give-up"

/**
 * A credential, ready to be sent.
 *
 * @since 0.1.0
 * @category models
 */
export interface Credential {
  /** The name of the stored credential, such as `anthropic:default`. */
  readonly profile: string
  readonly kind: Kind
  readonly secret: Redacted.Redacted
  /** Epoch ms at which the secret ends; undefined when it does not, or nobody knows. */
  readonly expiresAt: number | undefined
  /** The one address it may be sent to, without `/v1`: `https://api.anthropic.com`. */
  readonly baseUrl: string
  /**
   * What goes on the request: `x-api-key`, or a bearer with the beta it needs, merged into the
   * betas that are present. Lower-case names.
   */
  readonly headers: (present?: Headers) => Readonly<Record<string, Redacted.Redacted>>
  /**
   * For whoever sends by himself: records what an answer says about the credential, and says
   * whether another one should be tried. Within `use` and `open`, which record by themselves, it
   * only says so.
   */
  readonly report: (answer: ReportedAnswer) => Effect.Effect<Verdict>
}

/**
 * The headers of a request with a credential, as a client library takes them. From here on the
 * secret is plain text: give it to the client, and to nothing else.
 *
 * @since 0.1.0
 * @category conversions
 */
export const requestHeaders = (
  credential: Credential,
  present?: Headers
): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(credential.headers(present)).map(([name, value]) => [
      name,
      Redacted.value(value)
    ])
  )
