/**
 * What an answer of a token endpoint means (RFC 6749 §5). Pure. Nothing of a body ever gets into an
 * error but an RFC 6749 error code.
 */

import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { atFirstUse } from "../Document/atFirstUse.ts"
import { ifDefined } from "../Document/defined.ts"
import { lazily } from "../Document/lazily.ts"
import * as Lenient from "../Document/lenient.ts"
import { unsendable } from "../Profile/secretText.ts"
import {
  GrantRefused,
  type TokenGrant,
  TokenRequestFailed,
  type UnreadAnswer
} from "./TokenEndpoint.ts"

/**
 * An answer as it came. `body` is its text, undefined where it was packed in a way that cannot be
 * undone; `raw` is what is kept of it when no token can be read in it. `retryAfter` is the header,
 * seconds or an HTTP date; `now` in epoch ms is for the date.
 */
export interface TokenAnswer {
  readonly status: number
  readonly retryAfter: string | undefined
  readonly body: string | undefined
  readonly raw?: UnreadAnswer | undefined
  readonly now?: number | undefined
}

/**
 * The longest life of an access token that is believed, in ms: a year and a day. A longer one is a
 * number in the wrong unit, and its end could not be shown.
 */
export const maxLifeMs = 366 * 24 * 60 * 60_000

const Text = Schema.NonEmptyString

const Seconds = lazily(() =>
  Schema.Union(Schema.Number, Schema.NumberFromString).pipe(
    Schema.filter((seconds) => Number.isFinite(seconds) && seconds > 0)
  )
)

const Granted = lazily(() =>
  Schema.parseJson(
    Schema.Struct({
      access_token: Schema.Redacted(Text).pipe(
        Schema.filter((token) => unsendable(token) === undefined)
      ),
      refresh_token: Lenient.optional(Schema.Redacted(Text)),
      expires_in: Lenient.optional(Seconds),
      scope: Lenient.optional(Text),
      account: Lenient.optional(
        Schema.Struct({
          uuid: Lenient.optional(Text),
          id: Lenient.optional(Text),
          email_address: Lenient.optional(Text),
          email: Lenient.optional(Text)
        })
      ),
      organization: Lenient.optional(
        Schema.Struct({ uuid: Lenient.optional(Text), id: Lenient.optional(Text) })
      )
    })
  )
)

/**
 * RFC 6749's error, and the provider's own envelope. Anything else could be text of the server's.
 */
const Refused = lazily(() =>
  Schema.parseJson(
    Schema.Struct({
      error: Schema.Union(
        Schema.String.pipe(Schema.pattern(/^[a-z][a-z_]{2,40}$/)),
        Schema.Struct({ message: Schema.String })
      )
    })
  )
)

const decodeGranted = atFirstUse(() => Schema.decodeUnknownOption(Granted))
const decodeRefused = atFirstUse(() => Schema.decodeUnknownOption(Refused))

/**
 * The provider's sentences that end a login, from their beginning (decision D34): "not revoked, try
 * again" ends none.
 */
const revocation =
  /^(your |the |this )?((oauth|refresh|access) )?(token|authorization|login|session) (has been |was |is )?revoked\b/i

const grantIn = (body: string): TokenGrant | undefined =>
  Option.getOrUndefined(
    Option.map(decodeGranted(body), (value): TokenGrant => {
      const { account, expires_in: seconds, organization } = value
      return {
        access: value.access_token,
        refresh: value.refresh_token,
        expiresInMs: ifDefined(seconds, (seconds) =>
          Math.trunc(Math.min(seconds * 1000, maxLifeMs))
        ),
        accountId: account?.uuid ?? account?.id,
        email: account?.email_address ?? account?.email,
        organizationId: organization?.uuid ?? organization?.id,
        scope: value.scope
      }
    })
  )

const retryAfterMs = ({ now, retryAfter }: TokenAnswer): number | undefined => {
  const text = retryAfter?.trim() ?? ""
  if (/^\d+(\.\d+)?$/.test(text)) return Math.round(Number(text) * 1000)
  const date = Date.parse(text)
  if (Number.isFinite(date) && now !== undefined) return Math.max(0, date - now)
  return undefined
}

/** A grant, the definitive no, or why the answer says nothing. */
export const readAnswer = (
  answer: TokenAnswer
): Either.Either<TokenGrant, GrantRefused | TokenRequestFailed> => {
  const { status } = answer
  // A byte order mark belongs to the file a proxy took the answer for, not to the answer.
  const body = answer.body?.replace(/^\uFEFF/, "")
  const failed = (
    cause: TokenRequestFailed["cause"],
    detail: string,
    how: Pick<TokenRequestFailed, "transient" | "uncertain"> & {
      readonly unread?: UnreadAnswer | undefined
    }
  ) =>
    Either.left(
      new TokenRequestFailed({ cause, detail, ...how, retryAfterMs: retryAfterMs(answer) })
    )
  if (status >= 200 && status < 300) {
    const grant = ifDefined(body, grantIn)
    if (grant !== undefined) return Either.right(grant)
    // A page of a captive network, or the answer in a shape that cannot be read: nobody knows
    // which. What could not even be unpacked is not a page, so asking again at once would most
    // likely use an old token a second time.
    const isPage = body?.trimStart().startsWith("<") === true
    return failed("malformed", `status ${status} without a token that can be sent`, {
      transient: body !== undefined,
      uncertain: true,
      unread: isPage || body === "" ? undefined : answer.raw
    })
  }
  const error = Option.getOrUndefined(decodeRefused(body ?? ""))?.error
  const code = typeof error === "string" ? error : undefined
  if (code === "invalid_grant") return Either.left(new GrantRefused({ status, code }))
  const isDefinite = status === 400 || status === 401 || status === 403
  if (isDefinite && typeof error === "object" && revocation.test(error.message.trim())) {
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
