/**
 * The ladders of guessed cooldowns (decisions D11, D32 and D33): how long a credential cools down
 * when the provider does not say. Each scope has a ladder of its own, so that a guess about one
 * resource or group of models never lengthens the cooldown of another. Pure.
 */
import { billingPause, type CooldownSettings, failurePause } from "./Cooldown.ts"
import { isMoney } from "./FailureClass.ts"
import type { Ladder, Rung } from "./HealthDocument.ts"
import { partsOf, type Scope } from "./Scope.ts"

/** How many scopes' ladders are kept; clients can make scopes up by naming models. */
const maxScopes = 32

/**
 * The rung of a scope. Files of builds that counted all scopes together say nothing of each: there
 * the count is that of messages.
 */
export const rungOf = (ladder: Ladder | undefined, scope: Scope): Rung | undefined => {
  if (ladder?.byScope !== undefined) return ladder.byScope[scope]
  if (partsOf(scope).kind === "path") return undefined
  return ladder
}

/** A rung after one more incident; an old failure no longer counts (`failureWindowHours`). */
const next = (
  before: Rung | undefined,
  failureClass: string,
  at: number,
  { failureWindowMs }: CooldownSettings
): Rung => {
  const current =
    before !== undefined && at - before.lastFailureAt <= failureWindowMs ? before : undefined
  return {
    count: (current?.count ?? 0) + 1,
    lastFailureAt: at,
    byClass: { ...current?.byClass, [failureClass]: (current?.byClass[failureClass] ?? 0) + 1 }
  }
}

type Entry = readonly [Scope, Rung]

/** The scopes whose last failures are the newest, in the same order for every writer. */
const newest = (rungs: ReadonlyArray<Entry>): Readonly<Record<Scope, Rung>> =>
  Object.fromEntries(
    [...rungs]
      .sort(
        ([one, { lastFailureAt }], [other, { lastFailureAt: otherAt }]) =>
          otherAt - lastFailureAt || (one < other ? -1 : 1)
      )
      .slice(0, maxScopes)
  )

/** The ladders after one more incident of a scope at `at` (epoch ms). */
export const climb = (
  ladder: Ladder | undefined,
  scope: Scope,
  failureClass: string,
  at: number,
  settings: CooldownSettings
): Ladder => {
  const rung = next(rungOf(ladder, scope), failureClass, at, settings)
  const others = Object.entries(ladder?.byScope ?? {}).filter(([name]) => name !== scope)
  return {
    ...next(ladder, failureClass, at, settings),
    byScope: newest([...others, [scope, rung]])
  }
}

/** How long a credential cools down on a rung, in ms. */
export const pauseOn = (
  { byClass, count }: Rung,
  failureClass: string,
  settings: CooldownSettings
): number => {
  if (isMoney(failureClass)) return billingPause(byClass[failureClass] ?? 1, settings)
  return failurePause(count)
}

/** Of two rungs that of the later failure, and the higher one of one millisecond. */
const later = <A extends Rung>(one: A, other: A): A => {
  if (one.lastFailureAt !== other.lastFailureAt) {
    if (one.lastFailureAt > other.lastFailureAt) return one
    return other
  }
  if (one.count !== other.count) {
    if (one.count > other.count) return one
    return other
  }
  if (JSON.stringify(one.byClass) <= JSON.stringify(other.byClass)) return one
  return other
}

/**
 * Two writers' ladders as one, without what was proven wrong at `proven` (epoch ms): a failure of
 * that millisecond stands.
 */
export const join = (
  mine: Ladder | undefined,
  theirs: Ladder | undefined,
  proven: number
): Ladder | undefined => {
  const stands = ({ lastFailureAt }: Rung): boolean => lastFailureAt >= proven
  const ladders = [mine, theirs].flatMap((ladder) =>
    ladder !== undefined && stands(ladder) ? [ladder] : []
  )
  const [first, second = first] = ladders
  if (first === undefined || second === undefined) return undefined
  const byScope = new Map<Scope, Rung>()
  for (const [scope, rung] of ladders.flatMap((ladder) => Object.entries(ladder.byScope ?? {}))) {
    const known = byScope.get(scope)
    if (stands(rung)) byScope.set(scope, known === undefined ? rung : later(known, rung))
  }
  const { byScope: _byScope, ...top } = later(first, second)
  if (byScope.size === 0) return top
  return { ...top, byScope: newest([...byScope]) }
}
