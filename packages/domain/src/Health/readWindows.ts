/**
 * Quota windows from the headers of an answer (anthropic-protocol.md §5: documented headers, and
 * the observed `unified` ones of plans).
 */
import type { FailureClass } from "./FailureClass.ts"
import { type RequestShape, requestTarget } from "./RequestTarget.ts"
import { credential, GroupLimit, type KnownScope } from "./Scope.ts"
import type { Window, WindowSource } from "./Window.ts"

/** Reads a header by its lower-case name. */
export type HeaderReader = (name: string) => string | undefined

/**
 * The longest pause that is believed: a date further away is a fault in the header or in a clock.
 */
const longestMs = 31 * 24 * 60 * 60_000

const within = (at: number, now: number): number | undefined =>
  Number.isFinite(at) && at > now && at - now <= longestMs ? at : undefined

const decimal = (text: string | undefined): number | undefined => {
  if (text === undefined || !/^-?\d+(\.\d+)?$/.test(text.trim())) return undefined
  return Number(text)
}

const date = (text: string | undefined): number | undefined => {
  const at = text === undefined ? Number.NaN : Date.parse(text)
  return Number.isNaN(at) ? undefined : at
}

/** Epoch ms from `retry-after-ms`, or `retry-after` in seconds or as a date. */
export const readRetryAfter = (header: HeaderReader, now: number): number | undefined => {
  const milliseconds = decimal(header("retry-after-ms"))
  if (milliseconds !== undefined) return within(now + milliseconds, now)
  const text = header("retry-after")
  const seconds = decimal(text)
  const at = seconds !== undefined ? now + seconds * 1000 : date(text)
  return at === undefined ? undefined : within(at, now)
}

interface Reading {
  readonly scope: KnownScope
  readonly resetAt: number | undefined
  readonly utilization: number | undefined
  readonly exhausted: boolean
}

/** The limits of an API key: each per group of models, as the provider counts them. */
const keyReadings = (header: HeaderReader, group: string | undefined): ReadonlyArray<Reading> =>
  GroupLimit.literals.flatMap((limit) => {
    const size = decimal(header(`anthropic-ratelimit-${limit}-limit`))
    const remaining = decimal(header(`anthropic-ratelimit-${limit}-remaining`))
    if (size === undefined || remaining === undefined || size <= 0) return []
    const scope: KnownScope = group === undefined ? limit : `${limit}:${group}`
    const resetAt = date(header(`anthropic-ratelimit-${limit}-reset`))
    return [{ scope, resetAt, utilization: 1 - remaining / size, exhausted: remaining <= 0 }]
  })

const seconds = (text: string | undefined): number | undefined => {
  const value = decimal(text)
  return value === undefined ? undefined : value * 1000
}

/** The windows of a plan: 5 hours and 7 days. */
const planReadings = (header: HeaderReader): ReadonlyArray<Reading> =>
  (["5h", "7d"] as const).flatMap((limit) => {
    const prefix = `anthropic-ratelimit-unified-${limit}`
    const utilization = decimal(header(`${prefix}-utilization`))
    const resetAt = seconds(header(`${prefix}-reset`))
    if (utilization === undefined && resetAt === undefined) return []
    return [
      { scope: limit, resetAt, utilization, exhausted: header(`${prefix}-status`) === "rejected" }
    ]
  })

const claims: Readonly<Record<string, KnownScope>> = {
  five_hour: "5h",
  seven_day: "7d",
  seven_day_opus: "7d:opus",
  seven_day_sonnet: "7d:sonnet"
}

/** The limit a plan's refusal names, with its end. */
const claimed = (
  header: HeaderReader
): { readonly scope: KnownScope; readonly resetAt: number | undefined } | undefined => {
  if (header("anthropic-ratelimit-unified-status") !== "rejected") return undefined
  const claim = header("anthropic-ratelimit-unified-representative-claim") ?? ""
  const scope = Object.hasOwn(claims, claim) ? (claims[claim] ?? credential) : credential
  const own =
    scope === "5h" || scope === "7d"
      ? seconds(header(`anthropic-ratelimit-unified-${scope}-reset`))
      : undefined
  return { scope, resetAt: seconds(header("anthropic-ratelimit-unified-reset")) ?? own }
}

/**
 * The windows an answer tells of, and when it says to come back. Blocking windows come out of a
 * `rate_limit` or a `spend_cap` only; every other answer just shows how far its quotas are used.
 */
export const readWindows = (options: {
  readonly header: HeaderReader
  readonly now: number
  readonly failureClass: FailureClass | "none"
  readonly asked: RequestShape
}): { readonly windows: ReadonlyArray<Window>; readonly retryAt?: number } => {
  const { failureClass, header, now } = options
  const { group } = requestTarget(options.asked)
  const readings = [...keyReadings(header, group), ...planReadings(header)]
  const usage = readings.map(
    (reading): Window => ({
      scope: reading.scope,
      until: reading.resetAt === undefined ? 0 : (within(reading.resetAt, now) ?? 0),
      class: "usage",
      source:
        reading.scope === "5h" || reading.scope === "7d" ? "unified-reset" : "ratelimit-reset",
      ...(reading.utilization !== undefined ? { utilization: reading.utilization } : {}),
      observedAt: now
    })
  )
  const retryAt = readRetryAfter(header, now)
  const answer = (windows: ReadonlyArray<Window>) => ({
    windows: [...usage, ...windows],
    ...(retryAt !== undefined ? { retryAt } : {})
  })
  if (failureClass === "none" || failureClass === "format" || failureClass === "entitlement")
    return { windows: usage }
  if (
    failureClass !== "rate_limit" &&
    failureClass !== "spend_cap" &&
    failureClass !== "billing" &&
    failureClass !== "auth"
  ) {
    return answer([])
  }
  const block = (scope: KnownScope, until: number, source: WindowSource): Window => ({
    scope,
    until,
    class: failureClass,
    source,
    observedAt: now
  })
  const plan = claimed(header)
  if (plan !== undefined) {
    const reset = plan.resetAt === undefined ? undefined : within(plan.resetAt, now)
    if (reset !== undefined) return answer([block(plan.scope, reset, "unified-reset")])
    return answer(retryAt === undefined ? [] : [block(plan.scope, retryAt, "retry-after")])
  }
  if (failureClass === "rate_limit") {
    // `reset` is when a bucket is full again, `retry-after` when the next request fits: the earlier
    // word is the useful one.
    const exhausted = keyReadings(header, group).flatMap((reading) => {
      const reset = reading.resetAt === undefined ? undefined : within(reading.resetAt, now)
      const until = retryAt ?? reset
      return reading.exhausted && until !== undefined
        ? [block(reading.scope, until, retryAt !== undefined ? "retry-after" : "ratelimit-reset")]
        : []
    })
    if (exhausted.length > 0) return answer(exhausted)
  }
  return answer(retryAt === undefined ? [] : [block(credential, retryAt, "retry-after")])
}
