/**
 * Times as documents and answers give them, in ms since 1970, brought into the range that can be
 * calculated with and shown. Everything that reads a time decodes it here, everything that adds to
 * one clamps here, and everything that shows one calls {@link toIso}.
 */
import * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"

/** The last moment a `Date` can hold, epoch ms: in the year 275760. */
export const latest = 8.64e15

/**
 * A time in the range that can be shown: what is negative or no number is 0, the rest ends at
 * {@link latest}.
 */
export const clamp = (epochMs: number): number => {
  if (epochMs >= 0) return Math.min(epochMs, latest)
  return 0
}

const digits = /^\d{1,16}$/
/** With its offset: without one a date would mean another time on another machine. */
const isoText = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2}))?$/i

/**
 * A time that another program wrote: a number, the same as text, or ISO 8601. Undefined where it is
 * none of these.
 */
export const read = (value: unknown): number | undefined => {
  if (typeof value === "number") {
    if (Number.isNaN(value)) return undefined
    return clamp(value)
  }
  if (typeof value !== "string") return undefined
  const text = value.trim()
  if (digits.test(text)) return clamp(Number(text))
  if (!isoText.test(text)) return undefined
  const parsed = Date.parse(text)
  if (Number.isNaN(parsed)) return undefined
  return clamp(parsed)
}

const secondMs = 1_000

/** The second shown last, and its text up to the fraction: many times are of one second. */
let shown = { second: Number.NaN, text: "" }

/** ISO 8601 in UTC; a time out of range is shown as the nearest one that is not. */
export const toIso = (epochMs: number): string => {
  const at = Math.floor(clamp(epochMs))
  const second = Math.floor(at / secondMs)
  if (second !== shown.second) {
    const whole = DateTime.formatIso(DateTime.unsafeMake(second * secondMs))
    shown = { second, text: whole.slice(0, -"000Z".length) }
  }
  return `${shown.text}${String(at % secondMs).padStart(3, "0")}Z`
}

/** A field that holds a time; see {@link read}. It is written as a number. */
export const EpochMs: Schema.Schema<number, unknown> = Schema.transformOrFail(
  Schema.Unknown,
  Schema.Number.pipe(Schema.between(0, latest)),
  {
    strict: true,
    decode: (value, _, ast) => {
      const time = read(value)
      if (time === undefined)
        return Either.left(new ParseResult.Type(ast, value, "expected a time in ms since 1970"))
      return Either.right(time)
    },
    encode: Either.right
  }
).annotations({ identifier: "EpochMs", description: "ms since 1970" })
