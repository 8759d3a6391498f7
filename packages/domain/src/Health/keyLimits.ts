/**
 * The limits of an API key in the headers of an answer (decision D33): counted for each group of
 * models, and apart from those for fast mode. Pure.
 */
import { date, decimal, type HeaderReader } from "./answerHeaders.ts"
import type { RequestTarget } from "./RequestTarget.ts"
import { GroupLimit, type KnownScope } from "./Scope.ts"

/** One limit as an answer shows it. `resetAt` in epoch ms. */
export interface LimitReading {
  readonly scope: KnownScope
  readonly resetAt: number | undefined
  /** Used part of the quota; 1 is full. */
  readonly utilization: number | undefined
  readonly isExhausted: boolean
}

const read = (
  header: HeaderReader,
  prefix: string,
  scope: KnownScope
): LimitReading | undefined => {
  const size = decimal(header(`${prefix}-limit`))
  const remaining = decimal(header(`${prefix}-remaining`))
  if (size === undefined || remaining === undefined || size <= 0) return undefined
  return {
    scope,
    resetAt: date(header(`${prefix}-reset`)),
    utilization: 1 - remaining / size,
    isExhausted: remaining <= 0
  }
}

/** Fast mode is one scope, shown by the limit of it that is used most. */
const fastLimits = (header: HeaderReader, group: string): ReadonlyArray<LimitReading> => {
  const found = (["input-tokens", "output-tokens"] as const)
    .flatMap((limit) => read(header, `anthropic-fast-${limit}`, `fast:${group}`) ?? [])
    .sort((a, b) => (b.utilization ?? 0) - (a.utilization ?? 0))
  return found.slice(0, 1)
}

/**
 * The limits that a request counted against. Answers about other resources show none: those are
 * not the limits of messages.
 */
export const keyLimits = (
  header: HeaderReader,
  { fast, group, path }: RequestTarget
): ReadonlyArray<LimitReading> => {
  if (path !== undefined) return []
  if (fast && group !== undefined) return fastLimits(header, group)
  return GroupLimit.literals.flatMap(
    (limit) =>
      read(
        header,
        `anthropic-ratelimit-${limit}`,
        group === undefined ? limit : `${limit}:${group}`
      ) ?? []
  )
}
