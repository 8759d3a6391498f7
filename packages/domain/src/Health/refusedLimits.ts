/** What a 429 rests, and until when (decision D33). Pure. */
import {
  type HeaderReader,
  hasUnbelievableRetryAfter,
  readRetryAfter,
  within
} from "./answerHeaders.ts"
import { keyLimits } from "./keyLimits.ts"
import { refusedWindows } from "./planLimits.ts"
import type { RequestTarget } from "./RequestTarget.ts"
import { credential, type KnownScope } from "./Scope.ts"
import type { WindowSource } from "./Window.ts"

/** The scope of what was asked for: the narrowest that a refusal of it can be about. */
export const askedScope = ({ fast, group, path }: RequestTarget): KnownScope => {
  if (path !== undefined) return `path:${path}`
  if (group === undefined) return credential
  if (fast) return `fast:${group}`
  return `group:${group}`
}

/** A limit that was refused for, with its end (epoch ms) where the answer says it. */
export interface RefusedLimit {
  readonly scope: KnownScope
  readonly until: number | undefined
  readonly source: WindowSource
}

/** How long is waited where a time was given, and none can be read out of it, in ms. */
const unreadablePauseMs = 60_000

/**
 * The limits that a 429 was refused for. `bodyAt` is the time its body names, in epoch ms. A
 * request for another resource than messages rests that resource only, whatever windows its answer
 * shows.
 */
export const refusedLimits = (
  header: HeaderReader,
  target: RequestTarget,
  bodyAt: number | undefined,
  now: number
): ReadonlyArray<RefusedLimit> => {
  const retryAt = readRetryAfter(header, now)
  const asked = askedScope(target)
  const limited = (
    scope: KnownScope,
    resetAt: number | undefined,
    source: WindowSource
  ): RefusedLimit => {
    if (resetAt !== undefined) return { scope, until: resetAt, source }
    if (retryAt !== undefined) return { scope, until: retryAt, source: "retry-after" }
    if (bodyAt !== undefined || !hasUnbelievableRetryAfter(header, now))
      return { scope, until: bodyAt, source: "body" }
    return { scope, until: now + unreadablePauseMs, source: "usual" }
  }
  const windows = refusedWindows(header, asked, now)
  if (target.path !== undefined) {
    const resets = (windows ?? []).flatMap(({ until }) => until ?? [])
    const latest = resets.length === 0 ? undefined : Math.max(...resets)
    return [limited(asked, retryAt === undefined ? latest : undefined, "unified-reset")]
  }
  if (windows !== undefined)
    return windows.map(({ scope, until }) => limited(scope, until, "unified-reset"))
  // `reset` is when a bucket is full again, `retry-after` when the next request fits: the earlier
  // word is the useful one.
  const exhausted = keyLimits(header, target).filter(({ isExhausted }) => isExhausted)
  if (exhausted.length > 0)
    return exhausted.map(({ resetAt, scope }) =>
      limited(scope, retryAt === undefined ? within(resetAt, now) : undefined, "ratelimit-reset")
    )
  return [limited(asked, undefined, "retry-after")]
}
