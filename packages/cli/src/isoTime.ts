import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"

/** A time (epoch ms) as ISO 8601 in UTC; one no calendar has is told as such. */
export const isoTime = (epochMs: number): string =>
  Option.match(DateTime.make(epochMs), {
    onNone: () => "an unknown time",
    onSome: DateTime.formatIso
  })
