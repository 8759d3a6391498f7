/** When a refusal ends, as its body says it, where no header does (decision D34). Pure. */

import * as DateTime from "effect/DateTime"
import type { ProviderError } from "../Anthropic/ErrorEnvelope.ts"
import { ifDefined } from "../Document/defined.ts"
import { date, within } from "./answerHeaders.ts"

const day = "(\\d{4}-\\d{2}-\\d{2})"
const clock = "(?:(?:T| at | )(\\d{2}:\\d{2}(?::\\d{2}(?:\\.\\d+)?)?) ?(?:Z|UTC|GMT)?)?"
const dated = new RegExp(`\\b(?:regain access on|resets? at) ${day}${clock}`, "i")
const counted = /\bresets? at (\d{10})\b/i

/** `… regain access on 2026-10-01 at 00:00 UTC`, `… resets at 2026-10-01T00:00:00Z`. */
const inMessage = (message: string): number | undefined => {
  const found = dated.exec(message)
  if (found !== null) return date(`${found[1]}T${found[2] ?? "00:00"}Z`)
  const seconds = counted.exec(message)?.[1]
  if (seconds === undefined) return undefined
  return Number(seconds) * 1000
}

/** Epoch ms; undefined where the body says nothing that can be believed. */
export const bodyTime = (error: ProviderError, now: number): number | undefined => {
  const { message, resetAfterSeconds } = error
  const after = ifDefined(resetAfterSeconds, (resetAfterSeconds) => now + resetAfterSeconds * 1000)
  return within(after, now) ?? within(ifDefined(message, inMessage), now)
}

/** Epoch ms of the first of the next month, 00:00 UTC, when limits on spending begin anew. */
export const nextMonth = (now: number): number =>
  DateTime.unsafeMake(now).pipe(
    DateTime.startOf("month"),
    DateTime.add({ months: 1 }),
    DateTime.toEpochMillis
  )
