/**
 * Lets requests wait for the credential of their conversation (decisions D56 and D57): finds what
 * {@link "./hold.ts"} decides by, and carries its decision out.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { requestTarget } from "../Health/RequestTarget.ts"
import type { ProfileId } from "../Profile/ProfileId.ts"
import { Affinity } from "./Affinity.ts"
import type { AuthRequest } from "./AuthRequest.ts"
import { quotaMoment } from "./economy/quotaMoment.ts"
import { backgroundShare, cacheLifeMs, type HoldEnd, type Holding, holdFor } from "./hold.ts"
import { candidateFor, type Snapshot } from "./Snapshot.ts"
import { Snapshots } from "./Snapshots.ts"

/** What of a request's progress a wait depends on, and changes. */
export interface HoldProgress {
  readonly tried: Set<ProfileId>
  /** Whether it has waited: that happens once. */
  hasWaited: boolean
  /** How long that took, in ms. */
  heldMs: number | undefined
  /** The credential it waited for, which goes first then. */
  preferred: ProfileId | undefined
}

const nobody: ReadonlySet<ProfileId> = new Set()

/** Where a conversation's prompt cache is, until when, and what it costs to leave it behind. */
interface Warm {
  readonly profile: ProfileId
  readonly until: number
  readonly movingUsd: number | undefined
}

/** Over the memory of conversations and the facts of choices. */
export const make = Effect.gen(function* () {
  const snapshots = yield* Snapshots
  const affinity = yield* Affinity

  /** By what a choice by quota remembers: only messages to a model have a cache. */
  const warmByQuota = (request: AuthRequest, now: number): Warm | undefined => {
    if (requestTarget(request).group === undefined) return undefined
    const { warm } = quotaMoment(request, affinity, now)
    if (warm === undefined) return undefined
    const { moveUsd, profile, until } = warm
    return { profile, until, movingUsd: moveUsd }
  }

  /** By the last use of the conversation, of which nothing else is known. */
  const warmByUse = (
    { agent, conversation = "" }: AuthRequest,
    tried: ReadonlySet<ProfileId>,
    now: number
  ): Warm | undefined => {
    const last = affinity.lastUse(agent, conversation, now)
    if (last === undefined) return undefined
    // Where this request tried it, that was the last use, and it warmed nothing.
    const warmAt = tried.has(last.profile) ? last.usedBefore : last.usedAt
    if (warmAt === undefined) return undefined
    return { profile: last.profile, until: warmAt + cacheLifeMs, movingUsd: undefined }
  }

  /** The credential that a request should wait for, and how long in ms. */
  const due = (
    request: AuthRequest,
    snapshot: Snapshot,
    tried: ReadonlySet<ProfileId>,
    now: number
  ): { readonly profile: ProfileId; readonly ms: number } | undefined => {
    const { goesByQuota, holdMs, waitUsdPerHour } = snapshot
    if (holdMs === 0 && !goesByQuota) return undefined
    if (request.conversation === undefined) return undefined
    if (request.profile !== undefined || request.once === true) return undefined
    const warm = goesByQuota ? warmByQuota(request, now) : warmByUse(request, tried, now)
    if (warm === undefined) return undefined
    const { movingUsd, profile, until } = warm
    const candidate = candidateFor(snapshot, request, profile, now)
    const share = request.background === true ? backgroundShare : 1
    const usdPerHour = goesByQuota ? waitUsdPerHour * share : undefined
    const settings = { holdMs, waitUsdPerHour: usdPerHour }
    const ms = holdFor({ candidate, until, movingUsd }, settings, now)
    if (ms === undefined) return undefined
    return { profile, ms }
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
    const startedAt = yield* Clock.currentTimeMillis
    const found = due(request, snapshot, progress.tried, startedAt)
    if (found === undefined) return over
    progress.hasWaited = true
    const end = yield* wait(found.ms)
    if (end !== "over") return end
    progress.heldMs = (yield* Clock.currentTimeMillis) - startedAt
    progress.tried.delete(found.profile)
    progress.preferred = found.profile
    return end
  })

  return { hold, isDue } as const
})
