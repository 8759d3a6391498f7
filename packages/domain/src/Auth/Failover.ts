/**
 * Sends a request with one credential after the other until one answers (docs/architecture.md, "The
 * path of a request"; decisions D9–D14, D28): choose, send, record, choose again. The gateway, the
 * probe and the library share it; the caller says how a request is sent.
 *
 * Two budgets (decision D13): it ends with the pool or the deadline; one credential is repeated
 * only after a refresh that followed a 401.
 */

import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { ifDefined } from "../Document/defined.ts"
import { HealthStore } from "../Health/HealthStore.ts"
import { isLoginRefused, isPassedThrough } from "../Health/UpstreamFailure.ts"
import { OAuthRefresh } from "../OAuth/OAuthRefresh.ts"
import type { Attempt, Trail, TrailEntry } from "./Attempt.ts"
import type { AttemptResult } from "./AttemptResult.ts"
import * as Attempts from "./Attempts.ts"
import { type AuthRequest, uploadLifeMs } from "./AuthRequest.ts"
import type { ResolveError } from "./AuthResolver.ts"
import { beginTrial } from "./beginTrial.ts"
import type { CredentialUse } from "./CredentialUse.ts"
import * as Holds from "./Holds.ts"
import type { Holding } from "./hold.ts"
import { paidOtherwise } from "./modelFallback.ts"
import { Progress } from "./Progress.ts"
import { prepareUse, renew } from "./prepareUse.ts"
import { type Chosen, candidateFor, choose, hasOthers, isTrial, unanswered } from "./Snapshot.ts"
import { Snapshots } from "./Snapshots.ts"

export type { Attempt } from "./Attempt.ts"

/**
 * No further attempt is begun this long after the request came, in ms; longer than every client
 * waits.
 */
export const deadlineMs = 600_000

/** The last attempt's result, and the trail of all. */
export interface Walked<A> {
  readonly result: AttemptResult<A>
  readonly trail: Trail
}

const sendableOf = (
  request: AuthRequest,
  { candidate, snapshot }: Chosen,
  use: CredentialUse
): Attempts.Sendable => ({ candidate, snapshot, request, use, trial: undefined })

/** An attempt, whose line says how long the request waited for it. */
const afterWait = <A>(sent: Attempts.Sent<A>, progress: Progress<A>): Attempts.Sent<A> => {
  const { heldMs } = progress
  if (heldMs === undefined) return sent
  progress.heldMs = undefined
  return { ...sent, entry: { ...sent.entry, heldMs } }
}

/** Whether a secret ends before an upload may. */
const endsSoon = ({ expiresAt }: CredentialUse): Effect.Effect<boolean> =>
  Effect.map(
    Clock.currentTimeMillis,
    (now) => (expiresAt ?? Number.POSITIVE_INFINITY) - now < uploadLifeMs
  )

const make = Effect.gen(function* () {
  const snapshots = yield* Snapshots
  const healths = yield* HealthStore
  const refresh = yield* OAuthRefresh
  const attempts = yield* Attempts.make
  const holds = yield* Holds.make

  /**
   * The credential that was chosen, with a secret that can be sent; undefined where it has none.
   */
  const prepare = Effect.fnUntraced(function* <A>(
    request: AuthRequest,
    { candidate, snapshot }: Chosen,
    progress: Progress<A>
  ) {
    const lifeMs = request.once === true ? uploadLifeMs : 0
    const found = yield* Effect.either(
      prepareUse(refresh, candidate, snapshot.stored.upstream, lifeMs)
    )
    if (Either.isRight(found)) return found.right
    progress.addBroken(candidate.profile, found.left, yield* Clock.currentTimeMillis)
    return undefined
  })

  /** The right to test a cooldown; undefined where it is not given now. */
  const permit = Effect.fnUntraced(function* <A>(
    candidate: Chosen["candidate"],
    use: CredentialUse,
    progress: Progress<A>
  ) {
    const begun = yield* beginTrial(healths, candidate, use, "request")
    if (begun._tag === "Begun") {
      progress.trialsLeft -= 1
      return begun.trial
    }
    // Another request was faster: what it learned may have made a credential ready.
    progress.trialsLeft = 0
    progress.notBefore = begun.retryAt
    progress.tried.delete(candidate.profile)
    return undefined
  })

  /** What is sent next, or undefined where nothing is left to try. */
  const next = Effect.fnUntraced(function* <A>(request: AuthRequest, progress: Progress<A>) {
    for (;;) {
      // Other requests may have learned something meanwhile: each credential is chosen from what
      // is known now.
      const snapshot = snapshots.current(request) ?? (yield* snapshots.load(request))
      const now = yield* Clock.currentTimeMillis
      const trials = progress.trialsLeft > 0
      const { preferred = request.preferred } = progress
      const choice = choose(snapshot, { ...request, preferred }, now, {
        tried: progress.tried,
        trials
      })
      const isLate = now - progress.beganAt >= deadlineMs
      let chosen: Chosen
      let use: CredentialUse | undefined
      if (isLate || choice._tag === "Unavailable") {
        const { spare } = progress
        progress.spare = undefined
        if (spare === undefined) return undefined
        chosen = spare
        use = spare.use
      } else {
        chosen = choice
        progress.tried.add(choice.candidate.profile)
        const isReady = choice._tag === "Use" && request.once !== true
        use = isReady ? choice.use : yield* prepare(request, choice, progress)
        if (use === undefined) continue
        if (request.once === true && (yield* endsSoon(use))) {
          progress.spare ??= { candidate: choice.candidate, snapshot, use }
          continue
        }
      }
      const { candidate } = chosen
      if (!isTrial(request, candidate)) return sendableOf(request, chosen, use)
      const trial = yield* permit(candidate, use, progress)
      if (trial !== undefined) return { ...sendableOf(request, chosen, use), trial }
    }
  })

  /**
   * Whether a candidate that was ready is not cooling down by now: another request may have met a
   * refusal of the same refreshed token meanwhile (decision D37).
   */
  const isStillUsable = Effect.fnUntraced(function* (
    request: AuthRequest,
    { profile, state }: Chosen["candidate"]
  ) {
    if (state !== "ready" || request.profile !== undefined) return true
    const snapshot = yield* snapshots.get(request)
    const now = yield* Clock.currentTimeMillis
    return candidateFor(snapshot, request, profile, now)?.state === "ready"
  })

  /** The same credential once more, with a new access token, after the old one was refused. */
  const sendRenewed = Effect.fnUntraced(function* <A, E, R>(
    sent: Attempts.Sent<A>,
    attempt: Attempt<A, E, R>,
    progress: Progress<A>
  ) {
    const { candidate, request, snapshot } = sent
    const { upstream } = snapshot.stored
    const renewed = yield* Effect.either(renew(refresh, candidate, sent.use, upstream))
    if (Either.isLeft(renewed)) {
      progress.addBroken(candidate.profile, renewed.left, yield* Clock.currentTimeMillis)
      return undefined
    }
    if (Option.isNone(renewed.right) || !(yield* isStillUsable(request, candidate)))
      return undefined
    const again = { ...sent, use: renewed.right.value }
    if (request.once !== true) return yield* attempts.send(again, attempt)
    // What cannot be sent again has helped the next request: the login is a fresh one.
    yield* attempts.release(again)
    return again
  })

  /** What came of it when nothing is left to try. */
  const giveUp = Effect.fnUntraced(function* <A>(request: AuthRequest, progress: Progress<A>) {
    const { broken, notBefore, refused, tried } = progress
    const snapshot = yield* snapshots.get(request)
    const now = yield* Clock.currentTimeMillis
    // With one credential the provider's own words say it best; a pool's end is ours to explain,
    // unless it is not about the pool.
    const isOnly = tried.size === 1 && !hasOthers(snapshot, request, tried, now)
    if (refused !== undefined && (isOnly || isPassedThrough(refused.failure))) return refused
    return yield* unanswered(snapshot, request, now, broken, notBefore)
  })

  /**
   * The first attempt of nearly every request: what it needs is known, so it can begin at once at
   * `now` (epoch ms), without an effect. Undefined where something has to be read or refreshed
   * first, or no credential is ready: {@link run} does and says the rest.
   */
  const begin = (request: AuthRequest, now: number): Attempts.Sending | undefined => {
    const isPlain = request.once !== true && request.fallback === undefined
    const snapshot = isPlain ? snapshots.current(request) : undefined
    if (snapshot !== undefined && holds.isDue(request, snapshot, now)) return undefined
    const choice = ifDefined(snapshot, (snapshot) => choose(snapshot, request, now))
    if (choice?._tag !== "Use") return undefined
    return attempts.begin(sendableOf(request, choice, choice.use), now)
  }

  /**
   * Sends a request until it is answered, or nothing is left to try. `trail` is filled as it
   * goes. `made` is a first attempt that was begun by {@link begin}; `holding` lets it wait for
   * the credential of its conversation (decision D56).
   */
  const run = Effect.fnUntraced(function* <A, E, R>(
    request: AuthRequest,
    attempt: Attempt<A, E, R>,
    trail: Array<TrailEntry> = [],
    made?: Attempts.Sent<A>,
    holding?: Holding<A>
  ) {
    const { fallback } = request
    const startedAt = made?.startedAt ?? fallback?.beganAt ?? (yield* Clock.currentTimeMillis)
    const progress = new Progress<A>(startedAt, trail)
    if (fallback !== undefined) {
      const { members } = (yield* snapshots.get(request)).stored.roster
      progress.beFallback(paidOtherwise(members, fallback.tried))
    }
    const finish = (result: AttemptResult<A>): Walked<A> => ({ result, trail })
    const sending = made === undefined ? begin(request, startedAt) : undefined
    let sent = sending === undefined ? made : yield* attempts.finish(sending, attempt)
    if (sent !== undefined) progress.tried.add(sent.candidate.profile)
    for (;;) {
      if (sent === undefined) {
        const held =
          holding === undefined ? "over" : yield* holds.hold(request, progress, holding.wait)
        if (held === "left" && holding !== undefined)
          return finish({ _tag: "Abandoned", value: holding.abandoned })
        const sendable = yield* next(request, progress)
        if (sendable === undefined) return finish(yield* giveUp(request, progress))
        sent = afterWait(yield* attempts.send(sendable, attempt), progress)
      }
      trail.push(sent.entry)
      if (sent.result._tag === "Refused" && isLoginRefused(sent.result.failure)) {
        const again = yield* sendRenewed(sent, attempt, progress)
        if (again !== undefined && request.once === true) return finish(sent.result)
        if (again !== undefined) trail.push(again.entry)
        sent = again ?? sent
      }
      const { result } = sent
      if (result._tag === "Answered" || result._tag === "Abandoned") return finish(result)
      yield* attempts.fail(sent, result.failure)
      if (result._tag === "Broken" || request.once === true) return finish(result)
      if (!progress.addRefusal(result)) return finish(result)
      sent = undefined
    }
  })

  return { run, begin, end: attempts.end } as const
})

export class Failover extends Effect.Service<Failover>()("@clawdbot/domain/Auth/Failover", {
  dependencies: [Snapshots.Default],
  effect: make
}) {}

/** Everything it can fail with, beside what the attempt itself fails with. */
export type FailoverError = ResolveError

/** The service itself, for who gives services without layers. */
export const service = Effect.map(make, (made) => new Failover(made))
