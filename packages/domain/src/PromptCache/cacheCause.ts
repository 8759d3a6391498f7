/**
 * Why the provider's prompt cache answered a request, or did not: decided from checksums of the
 * request, from what is remembered of the one before it, and from what the provider reported. The
 * first cause that fits is the one. Pure.
 */
import * as Schema from "effect/Schema"
import { cacheWrites, type Usage } from "../Usage/Usage.ts"
import { minimumTokens } from "./minimumTokens.ts"
import { parameterNames } from "./PrefixBody.ts"
import type { PrefixSketch } from "./prefixSketch.ts"
import { type AnsweredPrefix, compare, type RememberedPrefix } from "./RememberedPrefix.ts"

/**
 * The causes. `hit` is none of a miss, with `first_request` nothing was expected, and with
 * `not_examined` nothing is known; all others say why tokens were not read that could have been.
 */
export const CacheCause = Schema.Literal(
  "no_breakpoint",
  "hit",
  "first_request",
  "model_changed",
  "credential_moved",
  "prefix_changed",
  "parameter_changed",
  "ttl_expired",
  "lookback",
  "below_minimum",
  "written_concurrently",
  "too_many_breakpoints",
  "unexplained",
  "not_examined"
)
export type CacheCause = typeof CacheCause.Type

const noMisses = new Set<CacheCause>(["hit", "first_request", "no_breakpoint", "not_examined"])

/** Whether tokens were not read that could have been. */
export const isMiss = (cause: CacheCause): boolean => !noMisses.has(cause)

/** What was found of one answer. Tokens. */
export interface CacheVerdict {
  readonly cause: CacheCause
  /** Where or what: a place in the body, a parameter, an age, two profiles. */
  readonly at?: string | undefined
  readonly read: number
  readonly written: number
  /** What could have been read; 0 where nothing was to be expected. */
  readonly expected: number
}

/** The provider takes no more breakpoints in a request. */
export const maxBreakpoints = 4

/** So many positions before a breakpoint the provider looks for what it has. */
export const lookbackPositions = 20

/** Of what was expected so much is a hit. */
const hitShare = 0.95

const changedParameter = (before: RememberedPrefix, { parameters }: PrefixSketch) =>
  parameterNames.find((name) => before.parameters[name] !== parameters[name])

const isOutOfReach = ({ covers }: RememberedPrefix, { breakpoints }: PrefixSketch): boolean => {
  const later = breakpoints.filter((one) => one.covers >= covers)
  return later.every((one) => one.covers - covers > lookbackPositions)
}

const isBelowMinimum = ({ model, sketch, usage }: AnsweredPrefix): boolean => {
  const minimum = minimumTokens(model)
  const cached = usage.cacheRead + cacheWrites(usage)
  return minimum !== undefined && cached === 0 && usage.input * sketch.share < minimum
}

/** No cache lives longer, in ms. */
const longestTtlMs = 3_600_000

/** Whether a request came between the two that is not known. */
const isAfterUnknown = (
  { startedAt }: AnsweredPrefix,
  before: RememberedPrefix | undefined,
  notExaminedAt: number
): boolean => notExaminedAt >= (before?.startedAt ?? startedAt - longestTtlMs)

const seconds = (ms: number): string => `${Math.round(ms / 1_000)} s`

/** The cause and where it lies. */
type Found = Pick<CacheVerdict, "cause" | "at">

const whyMissed = (now: AnsweredPrefix, before: RememberedPrefix): Found => {
  const { model, movedBecause, profile, sketch, startedAt } = now
  if (before.model !== model) return { cause: "model_changed", at: `${before.model} -> ${model}` }
  if (before.profile !== profile) {
    const why = movedBecause === undefined ? "" : ` (${movedBecause})`
    return { cause: "credential_moved", at: `${before.profile} -> ${profile}${why}` }
  }
  const { changedAt, isExact } = compare(before, sketch)
  if (changedAt !== undefined) {
    const place = sketch.placeOf(isExact ? changedAt : changedAt - 1)
    return { cause: "prefix_changed", at: isExact ? place : `after ${place}` }
  }
  const parameter = changedParameter(before, sketch)
  if (parameter !== undefined) return { cause: "parameter_changed", at: parameter }
  const age = startedAt - before.startedAt
  if (age > before.ttlMs)
    return { cause: "ttl_expired", at: `${seconds(age)} > ${seconds(before.ttlMs)}` }
  if (isOutOfReach(before, sketch)) return { cause: "lookback" }
  if (isBelowMinimum(now)) return { cause: "below_minimum" }
  if (before.readableAt > startedAt) return { cause: "written_concurrently" }
  return { cause: "unexplained" }
}

const causeOf = (
  now: AnsweredPrefix,
  before: RememberedPrefix | undefined,
  notExaminedAt: number
): Found => {
  const { breakpoints } = now.sketch
  if (breakpoints.length === 0) return { cause: "no_breakpoint" }
  if (breakpoints.length > maxBreakpoints && now.status === 400)
    return { cause: "too_many_breakpoints", at: `${breakpoints.length} breakpoints` }
  const read = now.usage.cacheRead
  const expected = before?.cached ?? 0
  if (read > 0 && read >= expected * hitShare) return { cause: "hit" }
  if (isAfterUnknown(now, before, notExaminedAt)) return { cause: "not_examined" }
  if (before !== undefined && expected > 0) return whyMissed(now, before)
  if (isBelowMinimum(now)) return { cause: "below_minimum" }
  return { cause: "first_request" }
}

/** What is said of a request that is not examined. */
export const notExamined = (usage: Usage): CacheVerdict => ({
  cause: "not_examined",
  read: usage.cacheRead,
  written: cacheWrites(usage),
  expected: 0
})

/**
 * What became of a request in the cache; `before` is what it could have built on. A request that
 * came at `notExaminedAt`, epoch ms, was not examined: what it may have changed is not known.
 */
export const decide = (
  now: AnsweredPrefix,
  before: RememberedPrefix | undefined,
  notExaminedAt = Number.NEGATIVE_INFINITY
): CacheVerdict => {
  const { cause, at } = causeOf(now, before, notExaminedAt)
  if (cause === "not_examined") return notExamined(now.usage)
  return {
    cause,
    at,
    read: now.usage.cacheRead,
    written: cacheWrites(now.usage),
    expected: before?.cached ?? 0
  }
}

/** Tokens that could have been read and were not. */
export const lostTokens = ({ cause, expected, read }: CacheVerdict): number =>
  isMiss(cause) ? Math.max(0, expected - read) : 0
