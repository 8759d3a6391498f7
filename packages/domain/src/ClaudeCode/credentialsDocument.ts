/**
 * Claude Code's stored login as a document: read in every form that was met, its tokens replaced,
 * everything else kept. Pure.
 */

import * as Json from "@clawdbot/json5-edit/Json"
import { isObject } from "@clawdbot/json5-edit/JsonValue"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { lazily } from "../Document/lazily.ts"
import * as Credential from "../Profile/Credential.ts"
import * as ProviderId from "../Profile/ProviderId.ts"
import { unsendable } from "../Profile/secretText.ts"
import * as EpochMs from "../Time/EpochMs.ts"

/** Why a document holds no login that can be used. */
export const LoginProblem = lazily(() =>
  Schema.Literal(
    "not JSON",
    "no login in it",
    "no access token",
    "an access token that cannot be sent",
    "no usable expiresAt"
  )
)
export type LoginProblem = typeof LoginProblem.Type

/**
 * Numbers of this size are seconds (2001 to 5138); as milliseconds they would be of 1970 to 1973.
 */
const isInSeconds = (value: number): boolean => value >= 1e9 && value < 1e11

/** An end as it stands in the file, in epoch ms: a number, a number as text, or an ISO date. */
const epochMs = (value: unknown): number | undefined => {
  const time = EpochMs.read(value)
  if (time === undefined || time === 0) return undefined
  if (isInSeconds(time)) return Math.round(Number(value) * 1000)
  return time
}

/** An end in the form in which another one stood there before: whoever wrote that reads it. */
const inFormOf = (before: unknown, ms: number): number | string => {
  const isDate = typeof before === "string" && !Number.isFinite(Number(before))
  if (isDate) return EpochMs.toIso(ms)
  const number = isInSeconds(Number(before)) ? Math.floor(ms / 1000) : ms
  if (typeof before === "string") return String(number)
  return number
}

const ExpiresAt = lazily(() =>
  Schema.transformOrFail(Schema.Unknown, Schema.Number, {
    strict: true,
    decode: (value, _options, ast) =>
      Either.fromNullable(epochMs(value), () => new ParseResult.Type(ast, value)),
    encode: ParseResult.succeed
  })
)

/** The part of the document that is read. */
const Document = lazily(() =>
  Schema.Struct({
    claudeAiOauth: Schema.Struct({
      accessToken: Schema.Redacted(Schema.String.pipe(Schema.filter((text) => text.trim() !== ""))),
      refreshToken: Schema.optional(Schema.NullOr(Schema.String)),
      expiresAt: ExpiresAt
    })
  })
)

const problems: Readonly<Record<string, LoginProblem>> = {
  accessToken: "no access token",
  expiresAt: "no usable expiresAt"
}

/** Which of the named problems a failed decoding has; never a value of the document. */
const problemOf = (error: ParseResult.ParseError): LoginProblem => {
  const [first] = ParseResult.ArrayFormatter.formatErrorSync(error)
  return problems[String(first?.path[1] ?? "")] ?? "no login in it"
}

const byteOrderMark = "\ufeff"

/** The text of the file as a value; a byte order mark before it is none of the document. */
export const parse = (text: string): Either.Either<unknown, LoginProblem> =>
  Either.mapLeft(
    Json.parse(text.startsWith(byteOrderMark) ? text.slice(1) : text),
    () => "not JSON" as const
  )

/**
 * The login of a parsed credentials file. Without a refresh token it is a static token. Without an
 * end it is none: nobody could say whether it still lives.
 */
export const decode = (
  value: unknown
): Either.Either<Credential.OAuth | Credential.Token, LoginProblem> => {
  const decoded = Schema.decodeUnknownEither(Document)(value)
  if (Either.isLeft(decoded)) return Either.left(problemOf(decoded.left))
  const { accessToken, expiresAt, refreshToken } = decoded.right.claudeAiOauth
  if (unsendable(accessToken) !== undefined)
    return Either.left("an access token that cannot be sent")
  const common = { provider: ProviderId.anthropic, expires: expiresAt, extra: Credential.noExtra }
  return Either.right(
    typeof refreshToken === "string" && refreshToken.trim() !== ""
      ? { type: "oauth", access: accessToken, refresh: Redacted.make(refreshToken), ...common }
      : { type: "token", token: accessToken, ...common }
  )
}

/**
 * The document with other tokens; none when there is no login in it, because a login is never made
 * up.
 */
export const withTokens = (
  value: unknown,
  credential: Credential.OAuth
): Option.Option<Redacted.Redacted<object>> => {
  if (!isObject(value) || !isObject(value.claudeAiOauth)) return Option.none()
  return Option.some(
    Redacted.make({
      ...value,
      claudeAiOauth: {
        ...value.claudeAiOauth,
        accessToken: Redacted.value(credential.access),
        refreshToken: Redacted.value(credential.refresh),
        expiresAt: inFormOf(value.claudeAiOauth.expiresAt, credential.expires)
      }
    })
  )
}

/**
 * The text of a document, laid out as the one it replaces: on one line or with two spaces, with its
 * line ends and its byte order mark.
 */
export const render = (document: Redacted.Redacted<object>, before: string): Redacted.Redacted => {
  const isSpread = before.trimEnd().includes("\n")
  const text = JSON.stringify(Redacted.value(document), null, isSpread ? 2 : undefined)
  const ended = isSpread && before.endsWith("\n") ? `${text}\n` : text
  const lines = before.includes("\r\n") ? ended.replaceAll("\n", "\r\n") : ended
  return Redacted.make(before.startsWith(byteOrderMark) ? `${byteOrderMark}${lines}` : lines)
}
