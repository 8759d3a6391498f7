/**
 * What an answer of a token endpoint means (RFC 6749 §5; anthropic-protocol.md §2). Pure. Nothing
 * of a body ever gets into an error but an RFC 6749 error code.
 */
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { unsendable } from "../Profile/secretText.ts"
import { GrantRefused, type TokenGrant, TokenRequestFailed } from "./TokenEndpoint.ts"

/**
 * An answer as it came. `retryAfter` is the header, seconds or an HTTP date; `now` in epoch ms is
 * for the date.
 */
export interface TokenAnswer {
  readonly status: number
  readonly retryAfter: string | undefined
  readonly body: string
  readonly now?: number
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const parse = (body: string): Readonly<Record<string, unknown>> | undefined => {
  try {
    const value: unknown = JSON.parse(body)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** An RFC 6749 error code; anything else could be text of the server's, and is left out. */
const errorCode = (value: Readonly<Record<string, unknown>> | undefined): string | undefined =>
  typeof value?.error === "string" && /^[a-z][a-z_]{2,40}$/.test(value.error)
    ? value.error
    : undefined

/** The provider's own envelope, when it names a revocation. */
const isRevocation = (value: Readonly<Record<string, unknown>> | undefined): boolean =>
  isRecord(value?.error) &&
  typeof value.error.message === "string" &&
  /\brevoked\b/i.test(value.error.message)

const retryAfterMs = ({ now, retryAfter }: TokenAnswer): number | undefined => {
  const text = retryAfter?.trim() ?? ""
  if (/^\d+(\.\d+)?$/.test(text)) return Math.round(Number(text) * 1000)
  const date = Date.parse(text)
  return Number.isFinite(date) && now !== undefined ? Math.max(0, date - now) : undefined
}

const name = (value: unknown, key: string): string | undefined =>
  isRecord(value) && typeof value[key] === "string" && value[key] !== "" ? value[key] : undefined

const grantIn = (value: Readonly<Record<string, unknown>>): TokenGrant | undefined => {
  const access = name(value, "access_token")
  if (access === undefined || unsendable(Redacted.make(access)) !== undefined) return undefined
  const refresh = name(value, "refresh_token")
  const accountId = name(value.account, "uuid") ?? name(value.account, "id")
  const email = name(value.account, "email_address") ?? name(value.account, "email")
  const scope = name(value, "scope")
  const life = typeof value.expires_in === "number" ? value.expires_in : Number.NaN
  return {
    access: Redacted.make(access),
    ...(refresh !== undefined ? { refresh: Redacted.make(refresh) } : {}),
    ...(Number.isFinite(life) && life > 0 ? { expiresInMs: Math.trunc(life * 1000) } : {}),
    ...(accountId !== undefined ? { accountId } : {}),
    ...(email !== undefined ? { email } : {}),
    ...(scope !== undefined ? { scope } : {})
  }
}

/** A grant, the definitive no, or why the answer says nothing. */
export const readAnswer = (
  answer: TokenAnswer
): Either.Either<TokenGrant, GrantRefused | TokenRequestFailed> => {
  const { status } = answer
  const value = parse(answer.body)
  const failed = (
    cause: TokenRequestFailed["cause"],
    detail: string,
    how: { readonly transient: boolean; readonly uncertain: boolean }
  ) => {
    const wait = retryAfterMs(answer)
    return Either.left(
      new TokenRequestFailed({
        cause,
        detail,
        ...how,
        ...(wait !== undefined ? { retryAfterMs: wait } : {})
      })
    )
  }
  const code = errorCode(value)
  if (status >= 200 && status < 300) {
    const grant = value === undefined ? undefined : grantIn(value)
    if (grant !== undefined) return Either.right(grant)
    // A page of a captive network, or the answer in a shape that cannot be read: nobody knows
    // which.
    return failed("malformed", `status ${status} without a token that can be sent`, {
      transient: true,
      uncertain: true
    })
  }
  if (code === "invalid_grant") return Either.left(new GrantRefused({ status, code }))
  if ((status === 400 || status === 401 || status === 403) && isRevocation(value)) {
    return Either.left(new GrantRefused({ status, code: "revoked" }))
  }
  if (status === 429)
    return failed("throttled", code ?? "status 429", { transient: true, uncertain: false })
  if (status >= 500) {
    // 500 and 503 with an RFC body come from the endpoint itself; a gateway before it cannot know
    // what became of the request.
    return failed("server", code ?? `status ${status}`, {
      transient: true,
      uncertain: code === undefined
    })
  }
  return failed("malformed", code ?? `status ${status}`, { transient: false, uncertain: false })
}
