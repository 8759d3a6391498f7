/**
 * What a person pastes, as the credential it is (auth.md §2, decision D1). Prefixes only check what
 * comes in; afterwards the stored kind counts. Wrong things are recognised and named: an
 * unexchanged login code, a refresh token, half a token.
 */
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"

/**
 * What was pasted is not what was asked for. `found` says what it looks like; the text itself is
 * never kept.
 */
export class SecretShapeWrong extends Schema.TaggedError<SecretShapeWrong>()("SecretShapeWrong", {
  wanted: Schema.Literal("API key", "setup token", "API key or setup token", "token"),
  found: Schema.Literal(
    "nothing",
    "an API key",
    "a setup token",
    "a login code that was not exchanged",
    "a refresh token",
    "an admin key",
    "a token that is cut off",
    "several words",
    "something else"
  )
}) {
  override get message() {
    return `expected ${article(this.wanted)}${forms[this.wanted]}, got ${this.found}`
  }
}

const forms: Readonly<Record<string, string>> = {
  "API key": " (sk-ant-api03-…)",
  "setup token": " (sk-ant-oat01-…)",
  "API key or setup token": " (sk-ant-api03-… or sk-ant-oat01-…)",
  token: ""
}

const article = (wanted: string): string =>
  wanted.startsWith("API") ? `an ${wanted}` : `a ${wanted}`

/** A recognised secret and its kind. */
export interface PastedSecret {
  readonly kind: "api_key" | "token"
  readonly secret: Redacted.Redacted
}

const shortestToken = 80

/** `export NAME="value";`, quotes and line breaks of a terminal, taken away. */
const clean = (text: string): string => {
  const assigned = /^(?:export\s+)?[A-Za-z_][A-Za-z0-9_]*=(.*)$/s.exec(text.trim())
  const value = (assigned?.[1] ?? text).trim().replace(/;$/, "").trim()
  const unquoted = /^(["'`])(.*)\1$/s.exec(value)?.[2] ?? value
  // A long token wraps in a terminal, and the break comes along with the copy.
  return unquoted.replace(/\s*[\r\n]+\s*/g, "").trim()
}

const found = (text: string): SecretShapeWrong["found"] => {
  if (text === "") return "nothing"
  if (/\s/.test(text)) return "several words"
  if (text.includes("#")) return "a login code that was not exchanged"
  if (text.startsWith("sk-ant-api03-")) return "an API key"
  if (text.startsWith("sk-ant-oat01-"))
    return text.length < shortestToken ? "a token that is cut off" : "a setup token"
  if (text.startsWith("sk-ant-ort01-")) return "a refresh token"
  if (text.startsWith("sk-ant-admin01-")) return "an admin key"
  return "something else"
}

/**
 * An API key. `strict` wants the provider's prefix; without it anything that is not plainly another
 * thing is taken.
 */
export const parseApiKey = (
  pasted: Redacted.Redacted,
  strict: boolean
): Either.Either<PastedSecret, SecretShapeWrong> => {
  const text = clean(Redacted.value(pasted))
  const looks = found(text)
  return looks === "an API key" || (!strict && looks === "something else")
    ? Either.right({ kind: "api_key", secret: Redacted.make(text) })
    : Either.left(new SecretShapeWrong({ wanted: "API key", found: looks }))
}

/** A setup token. */
export const parseSetupToken = (
  pasted: Redacted.Redacted
): Either.Either<PastedSecret, SecretShapeWrong> => {
  const text = clean(Redacted.value(pasted))
  const looks = found(text)
  return looks === "a setup token"
    ? Either.right({ kind: "token", secret: Redacted.make(text) })
    : Either.left(new SecretShapeWrong({ wanted: "setup token", found: looks }))
}

/** Either of the two, for Anthropic. */
export const parseEither = (
  pasted: Redacted.Redacted
): Either.Either<PastedSecret, SecretShapeWrong> => {
  const text = clean(Redacted.value(pasted))
  const looks = found(text)
  if (looks === "a setup token") return Either.right({ kind: "token", secret: Redacted.make(text) })
  if (looks === "an API key") return Either.right({ kind: "api_key", secret: Redacted.make(text) })
  return Either.left(new SecretShapeWrong({ wanted: "API key or setup token", found: looks }))
}

/** Any token, for a provider whose forms are not known here. */
export const parseAnyToken = (
  pasted: Redacted.Redacted
): Either.Either<PastedSecret, SecretShapeWrong> => {
  const text = clean(Redacted.value(pasted))
  return text === "" || /\s/.test(text)
    ? Either.left(new SecretShapeWrong({ wanted: "token", found: found(text) }))
    : Either.right({ kind: "token", secret: Redacted.make(text) })
}

const units: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000
}

/** The text is not a duration such as `12h` or `365d`. */
export class DurationInvalid extends Schema.TaggedError<DurationInvalid>()("DurationInvalid", {
  text: Schema.String,
  flag: Schema.String
}) {
  override get message() {
    return `invalid duration for ${this.flag}: ${this.text === "" ? "(empty)" : this.text}`
  }
}

/** A duration in ms; a number without a unit means days (auth.md §2). */
export const parseDuration = (
  text: string,
  flag: string
): Either.Either<number, DurationInvalid> => {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/i.exec(text.trim())
  const unit = units[(match?.[2] ?? "d").toLowerCase()]
  return match === null || unit === undefined
    ? Either.left(new DurationInvalid({ text: text.trim(), flag }))
    : Either.right(Math.round(Number(match[1]) * unit))
}
