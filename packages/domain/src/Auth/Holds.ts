/**
 * Lets requests wait for the credential of their conversation (decision D56): finds what
 * {@link "./hold.ts"} decides by, and carries its decision out.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { ProfileId } from "../Profile/ProfileId.ts"
import { Affinity } from "./Affinity.ts"
import type { AuthRequest } from "./AuthRequest.ts"
import { type HoldEnd, type Holding, holdFor } from "./hold.ts"
import { candidateFor, type Snapshot } from "./Snapshot.ts"
import { Snapshots } from "./Snapshots.ts"

/** What of a request's progress a wait depends on, and changes. */
export interface HoldProgress {
  readonly tried: Set<ProfileId>
  /** Whether it has waited: that happens once. */
  hasWaited: boolean
  /** The credential it waited for, which goes first then. */
  preferred: ProfileId | undefined
}

const nobody: ReadonlySet<ProfileId> = new Set()

/** Over the memory of conversations and the facts of choices. */
export const make = Effect.gen(function* () {
  const snapshots = yield* Snapshots
  const affinity = yield* Affinity

  /** The credential that a request should wait for, and how long in ms. */
  const due = (
    request: AuthRequest,
    snapshot: Snapshot,
    tried: ReadonlySet<ProfileId>,
    now: number
  ): { readonly profile: ProfileId; readonly ms: number } | undefined => {
    const { agent, conversation, once, profile } = request
    if (snapshot.holdMs === 0 || conversation === undefined) return undefined
    if (profile !== undefined || once === true) return undefined
    const last = affinity.lastUse(agent, conversation, now)
    if (last === undefined) return undefined
    // Where this request tried it, that was the last use, and it warmed nothing.
    const warmAt = tried.has(last.profile) ? last.usedBefore : last.usedAt
    if (warmAt === undefined) return undefined
    const candidate = candidateFor(snapshot, request, last.profile, now)
    const ms = holdFor({ candidate, warmAt }, snapshot.holdMs, now)
    if (ms === undefined) return undefined
    return { profile: last.profile, ms }
  }

  /** Whether a request that begins should wait before it is sent. */
  const isDue = (request: AuthRequest, snapshot: Snapshot, now: number): boolean =>
    due(request, snapshot, nobody, now) !== undefined

  /** Waits where that is better than another credential; at most once for a request. */
  const hold = Effect.fnUntraced(function* (
    request: AuthRequest,
    progress: HoldProgress,
    wait: Holding<unknown>["wait"]
  ) {
    const over: HoldEnd = "over"
    if (progress.hasWaited) return over
    const snapshot = snapshots.current(request) ?? (yield* snapshots.load(request))
    const found = due(request, snapshot, progress.tried, yield* Clock.currentTimeMillis)
    if (found === undefined) return over
    progress.hasWaited = true
    const end = yield* wait(found.ms)
    if (end !== "over") return end
    progress.tried.delete(found.profile)
    progress.preferred = found.profile
    return end
  })

  return { hold, isDue } as const
})
