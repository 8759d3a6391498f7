/**
 * When a window of a plan will be used up at the present pace (decision D55): by what responses of
 * the last half hour showed of it. Pure; times are epoch ms.
 */

import * as Schema from "effect/Schema"
import { lazily } from "../Document/lazily.ts"
import * as EpochMs from "../Time/EpochMs.ts"
import * as Scope from "./Scope.ts"

/** How far a window was used at a time; 1 is full. */
export interface UsageSample {
  readonly at: number
  readonly utilization: number
}

/**
 * What the pace of use says of a window.
 *
 * - `TooEarly`: too few responses, over too short a time, or too little use to say anything.
 * - `Lasts`: it resets before it is used up.
 * - `Ends`: it is used up at `at` (epoch ms), before its reset.
 */
export const Forecast = lazily(() =>
  Schema.Union(
    Schema.Struct({ _tag: Schema.Literal("TooEarly") }),
    Schema.Struct({ _tag: Schema.Literal("Lasts") }),
    Schema.Struct({ _tag: Schema.Literal("Ends"), at: Schema.Number })
  )
)
export type Forecast = typeof Forecast.Type

const tooEarly: Forecast = { _tag: "TooEarly" }
const lasts: Forecast = { _tag: "Lasts" }

/** Samples older than this say nothing of the present pace, in ms. */
export const spanMs = 30 * 60_000

/** So many samples are needed, over so long a time (ms), with so much use between them. */
const minSamples = 3
const minSpanMs = 10 * 60_000
const minUsed = 0.02

/** What decimal fractions lose when they are subtracted. */
const rounding = 1e-9

/** Used part of a window per ms; undefined where it is too early to say. */
const paceOf = (samples: ReadonlyArray<UsageSample>): number | undefined => {
  const [first] = samples
  const last = samples.at(-1)
  if (first === undefined || last === undefined || samples.length < minSamples) return undefined
  const span = last.at - first.at
  let used = 0
  let before = first.utilization
  for (const { utilization } of samples) {
    used += Math.max(0, utilization - before)
    before = utilization
  }
  if (span < minSpanMs || used < minUsed - rounding) return undefined
  return used / span
}

/**
 * What the pace says of a window that resets at `resetAt`. `samples` are of this window since its
 * last reset, oldest first. Undefined where there is nothing to foresee: it is full, over, or its
 * reset is not known.
 */
export const forecast = (
  samples: ReadonlyArray<UsageSample>,
  resetAt: number,
  now: number
): Forecast | undefined => {
  const last = samples.at(-1)
  if (resetAt <= now || last === undefined || last.utilization >= 1) return undefined
  const pace = paceOf(samples.filter(({ at }) => at >= now - spanMs))
  if (pace === undefined) return tooEarly
  const endsAt = Math.max(now, last.at + (1 - last.utilization) / pace)
  if (endsAt >= resetAt) return lasts
  return { _tag: "Ends", at: Math.round(endsAt) }
}

/** `14:40 UTC`, with its day where that is not the day of `now`. */
const clockTime = (at: number, now: number): string => {
  const iso = EpochMs.toIso(at)
  const day = iso.slice(0, 10)
  const time = `${iso.slice(11, 16)} UTC`
  if (day === EpochMs.toIso(now).slice(0, 10)) return time
  return `${day} ${time}`
}

/** A forecast as a sentence; undefined where there is nothing to say of it. */
export const forecastWords = (
  {
    forecast,
    scope,
    until
  }: {
    readonly scope: string
    /** When the window resets, epoch ms. */
    readonly until: number
    readonly forecast?: Forecast | undefined
  },
  now: number
): string | undefined => {
  if (forecast?._tag !== "Ends") return undefined
  return (
    `At this pace the ${Scope.wordsOf(scope)} window ends at ${clockTime(forecast.at, now)}; ` +
    `it resets at ${clockTime(until, now)}.`
  )
}
