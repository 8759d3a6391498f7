/**
 * The windows of a plan in the `anthropic-ratelimit-unified-*` headers of an answer (decision D33).
 * The headers are not documented; names and values are those that clients and gateways read. Pure.
 */
import { ifDefined } from "../Document/defined.ts"
import { decimal, epochSeconds, type HeaderReader, within } from "./answerHeaders.ts"
import type { LimitReading } from "./keyLimits.ts"
import { credential, type KnownScope } from "./Scope.ts"

const prefix = "anthropic-ratelimit-unified"

/**
 * What each window covers, by its name in headers and by the name a claim has for it. `7d_oi` is
 * the weekly window of the Fable models.
 */
const scopes: ReadonlyMap<string, KnownScope> = new Map<string, KnownScope>([
  ["5h", "5h"],
  ["five_hour", "5h"],
  ["7d", "7d"],
  ["seven_day", "7d"],
  ["7d_oi", "7d:fable"],
  ["seven_day_overage_included", "7d:fable"],
  ["7d_opus", "7d:opus"],
  ["seven_day_opus", "7d:opus"],
  ["7d_sonnet", "7d:sonnet"],
  ["seven_day_sonnet", "7d:sonnet"]
])

/** Windows by their names in headers; `overage` is what is paid beside the plan. */
const shown: ReadonlyArray<readonly [name: string, scope: KnownScope]> = [
  ["5h", "5h"],
  ["7d", "7d"],
  ["7d_oi", "7d:fable"],
  ["7d_opus", "7d:opus"],
  ["7d_sonnet", "7d:sonnet"],
  ["overage", "overage"]
]

/** Names that windows have or may get: `5h`, `7d_oi`, `30d`, `seven_day_cowork`. */
const windowStatus =
  /^anthropic-ratelimit-unified-((?:\d{1,4}[hdw]|five_hour|seven_day)(?:_[a-z0-9]{1,32}){0,4})-status$/

/** The names of all windows that an answer gives the status of. */
const windowNames = (header: HeaderReader): ReadonlyArray<string> => {
  const known = [...scopes.keys()].filter(
    (name) => header(`${prefix}-${name}-status`) !== undefined
  )
  if (header.names === undefined) return known
  const all = [...header.names()].flatMap(
    (name) => windowStatus.exec(name.toLowerCase())?.[1] ?? []
  )
  return [...new Set([...known, ...all])]
}

const rejectedNames = (header: HeaderReader): ReadonlyArray<string> =>
  windowNames(header).filter((name) => header(`${prefix}-${name}-status`) === "rejected")

/** How far a window of a plan is used, as an answer shows it. */
export interface PlanReading extends LimitReading {
  /** Whether it is used up and requests go on as extra usage, which is billed beside the plan. */
  readonly isExtraUsage: boolean
}

/** What an answer shows of the windows, whether or not they are used up. */
const readings = (header: HeaderReader): ReadonlyArray<LimitReading> =>
  shown.flatMap(([name, scope]) => {
    const utilization = decimal(header(`${prefix}-${name}-utilization`))
    const resetAt = epochSeconds(header(`${prefix}-${name}-reset`))
    if (utilization === undefined && resetAt === undefined) return []
    const isExhausted = header(`${prefix}-${name}-status`) === "rejected"
    return [{ scope, resetAt, utilization, isExhausted }]
  })

/**
 * The windows in whose place extra usage is billed, none where it is not in use. In this order:
 *
 * 1. Every window that is `rejected` while `overage` is allowed, or said to be in use.
 * 2. Where it is said to be in use: the window that the answer claims, else those that are full.
 * 3. Else the whole credential.
 */
const extraUsage = (
  header: HeaderReader,
  known: ReadonlyArray<LimitReading>
): ReadonlySet<KnownScope> => {
  const isInUse = header(`${prefix}-overage-in-use`)?.toLowerCase() === "true"
  const isAllowed = header(`${prefix}-overage-status`)?.startsWith("allowed") === true
  if (!isInUse && !isAllowed) return new Set()
  const rejected = rejectedNames(header).flatMap((name) => scopes.get(name) ?? [])
  if (rejected.length > 0 || !isInUse) return new Set(rejected)
  const claimed = scopes.get(header(`${prefix}-representative-claim`) ?? "")
  if (claimed !== undefined) return new Set([claimed])
  const full = known.filter(({ scope, utilization = 0 }) => utilization >= 1 && scope !== "overage")
  if (full.length > 0) return new Set(full.map(({ scope }) => scope))
  return new Set([credential])
}

/** How far the windows of a plan are used. */
export const planUsage = (header: HeaderReader): ReadonlyArray<PlanReading> => {
  const known = readings(header)
  const extra = extraUsage(header, known)
  // Nearly every answer.
  if (extra.size === 0) return known.map((reading) => ({ ...reading, isExtraUsage: false }))
  const unifiedReset = epochSeconds(header(`${prefix}-reset`))
  const unshown = [...extra].filter((scope) => !known.some((reading) => reading.scope === scope))
  return [
    ...known,
    ...unshown.map((scope) => ({
      scope,
      resetAt: undefined,
      utilization: undefined,
      isExhausted: true
    }))
  ].map((reading) => {
    const isExtraUsage = extra.has(reading.scope)
    const resetAt = reading.resetAt ?? (isExtraUsage ? unifiedReset : undefined)
    return { ...reading, resetAt, isExtraUsage }
  })
}

/** Whether an answer gives a window of the plan as spent. */
export const hasRejectedWindow = (header: HeaderReader): boolean => rejectedNames(header).length > 0

/** A limit that was refused for. `until` in epoch ms, undefined where no header says it. */
export interface Refused {
  readonly scope: KnownScope
  readonly until: number | undefined
}

/**
 * The windows of a plan that a 429 was refused for; undefined where the answer names none. `asked`
 * is the scope of what was asked for, which a window that is not known rests. In this order:
 *
 * 1. Every window whose own status is `rejected`, each until its own reset.
 * 2. Else the window that the answer claims, where its own status as a whole is `rejected`.
 * 3. `overage` never rests anything: it is rejected in every session that has no extra usage.
 * 4. A window that is not known rests what was asked for.
 * 5. A rejection that names no window rests the credential.
 */
export const refusedWindows = (
  header: HeaderReader,
  asked: KnownScope,
  now: number
): ReadonlyArray<Refused> | undefined => {
  const resetOf = (name: string) => within(epochSeconds(header(`${prefix}-${name}-reset`)), now)
  const unifiedReset = within(epochSeconds(header(`${prefix}-reset`)), now)
  const claim = header(`${prefix}-representative-claim`)
  const names = windowNames(header)
  const rejected = rejectedNames(header)
  const scopeOf = (name: string): KnownScope => scopes.get(name) ?? asked
  if (rejected.length > 0) {
    const isClaimed = (name: string) => claim === undefined || scopeOf(claim) === scopeOf(name)
    return rejected.map((name) => ({
      scope: scopeOf(name),
      until: resetOf(name) ?? (isClaimed(name) ? unifiedReset : undefined)
    }))
  }
  if (header(`${prefix}-status`) !== "rejected" || claim === "overage") return undefined
  if (claim !== undefined) {
    const scope = scopeOf(claim)
    const own = names.find((name) => scopes.get(name) === scope)
    return [{ scope, until: ifDefined(own, resetOf) ?? unifiedReset }]
  }
  const namesNone = names.length === 0 && header(`${prefix}-overage-status`) === undefined
  return [{ scope: namesNone ? credential : asked, until: unifiedReset }]
}
