/**
 * What a person pastes, as the credential it is (decisions D1 and D47). Prefixes only check what
 * comes in; afterwards the stored kind counts. What is plainly another thing is refused by its
 * name: an unexchanged login code, a refresh token, half a token. A form that no rule knows is
 * taken, and the caller says so once.
 */

import * as Either from "effect/Either"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { taggedError } from "../Document/taggedError.ts"
import { textOf } from "../Text/textIf.ts"
import * as EpochMs from "../Time/EpochMs.ts"
import { clean, type SecretShape, shapeOf, unsendable } from "./secretText.ts"

/** What a command asks for. */
export const WantedSecret = Schema.Literal(
  "API key",
  "setup token",
  "API key or setup token",
  "token"
)
export type WantedSecret = typeof WantedSecret.Type

/**
 * What was pasted is not what was asked for. `found` says what it looks like; the text itself is
 * never kept.
 */
export class SecretShapeWrong extends taggedError<SecretShapeWrong>()("SecretShapeWrong", () => ({
  wanted: WantedSecret,
  found: Schema.Literal(
    "nothing",
    "a placeholder",
    "an API key",
    "a setup token",
    "a login code that was not exchanged",
    "a refresh token",
    "an admin key",
    "a token that is cut off",
    "several words",
    "a text that cannot be sent",
    "a client token of the gateway"
  ),
  /** Which character cannot be sent. */
  detail: Schema.optional(Schema.String)
})) {
  override get message() {
    const detail = textOf(this.detail, (detail) => `: ${detail}`)
    return `that does not look like ${wantedWords[this.wanted]}; ${foundWords(this.found)}${detail}`
  }
}

const wantedWords: Readonly<Record<WantedSecret, string>> = {
  "API key": "an Anthropic API key (sk-ant-api03-…)",
  "setup token": "a setup token (sk-ant-oat01-…)",
  "API key or setup token":
    "an Anthropic API key (sk-ant-api03-…) or a setup token (sk-ant-oat01-…)",
  token: "a token"
}

const foundWords = (found: SecretShapeWrong["found"]): string => {
  switch (found) {
    case "nothing":
      return "it is empty"
    case "several words":
      return "it is more than one word"
    case "a text that cannot be sent":
      return "it contains a character that cannot be sent"
    default:
      return `it looks like ${found}`
  }
}

/** A recognised secret and its kind. */
export interface PastedSecret {
  readonly kind: "api_key" | "token"
  readonly secret: Redacted.Redacted
  /** Whether it has a form that the provider's own secrets do not have. */
  readonly isUnusual: boolean
}

/** What decides about a pasted text besides the text. */
export interface PasteContext {
  readonly wanted: WantedSecret
  /** Whether requests go to the provider itself: another service has secrets of any form. */
  readonly ownUpstream: boolean
  /** Whether a secret opens this gateway, and is no credential for what is behind it. */
  readonly opensGateway: (secret: Redacted.Redacted) => boolean
}

/** The kind of each form that is a credential, and what of it each question takes. */
const kinds: Readonly<Partial<Record<SecretShape, PastedSecret["kind"]>>> = {
  "an API key": "api_key",
  "a setup token": "token"
}

const takes: Readonly<Record<WantedSecret, ReadonlyArray<PastedSecret["kind"]>>> = {
  "API key": ["api_key"],
  "setup token": ["token"],
  "API key or setup token": ["api_key", "token"],
  token: ["token"]
}

/** Which kind a form that no rule knows is stored as. */
const unusualKind = (wanted: WantedSecret): PastedSecret["kind"] => {
  if (wanted === "API key") return "api_key"
  return "token"
}

/** Forms that another service may have given to its own secrets. */
const isForeignForm = (shape: SecretShape): boolean =>
  shape === "a login code that was not exchanged" || shape === "a token that is cut off"

/** A pasted text as a secret, or why it is none. */
export const parse = (
  pasted: Redacted.Redacted,
  { opensGateway, ownUpstream, wanted }: PasteContext
): Either.Either<PastedSecret, SecretShapeWrong> => {
  const secret = clean(pasted)
  const shape = shapeOf(secret)
  const refuse = (found: SecretShapeWrong["found"], detail?: string) =>
    Either.left(new SecretShapeWrong({ wanted, found, detail }))
  if (shape === "nothing" || shape === "a placeholder") return refuse(shape)
  const wrong = unsendable(secret)
  if (wrong !== undefined) return refuse("a text that cannot be sent", wrong)
  if (shape === "several words") return refuse(shape)
  if (opensGateway(secret)) return refuse("a client token of the gateway")
  const unusual = { kind: unusualKind(wanted), secret, isUnusual: true }
  // Other providers' secrets have forms of their own; some of them begin like Anthropic's.
  if (wanted === "token") return Either.right({ ...unusual, isUnusual: false })
  if (shape === "unknown" || (!ownUpstream && isForeignForm(shape))) return Either.right(unusual)
  const kind = kinds[shape]
  if (kind !== undefined && takes[wanted].includes(kind))
    return Either.right({ kind, secret, isUnusual: false })
  return refuse(shape)
}

const units: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000
}

/** The text is not a duration such as `12h` or `365d`. */
export class DurationInvalid extends taggedError<DurationInvalid>()("DurationInvalid", () => ({
  text: Schema.String,
  flag: Schema.String
})) {
  override get message() {
    return `invalid duration for ${this.flag}: ${this.text === "" ? "(empty)" : this.text}`
  }
}

/** A duration in ms; a number without a unit means days. */
export const parseDuration = (
  text: string,
  flag: string
): Either.Either<number, DurationInvalid> => {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/i.exec(text.trim())
  const unit = units[(match?.[2] ?? "d").toLowerCase()]
  if (match === null || unit === undefined)
    return Either.left(new DurationInvalid({ text: text.trim(), flag }))
  return Either.right(EpochMs.clamp(Math.round(Number(match[1]) * unit)))
}
