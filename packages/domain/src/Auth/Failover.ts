/**
 * Walks the candidates of a request until one answers (docs/architecture.md, "The path of a
 * request"; decisions D9–D14, D28). The same walk serves the gateway, the probe and the library;
 * the caller says how a request is sent.
 *
 * Two budgets (D13): the walk ends with the pool or the deadline; one credential is repeated only
 * after a refresh that followed a 401.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import { ConfigStore } from "../Config/ConfigStore.ts"
import * as Cooldown from "../Health/Cooldown.ts"
import type { HealthEvent } from "../Health/HealthEvent.ts"
import { HealthStore } from "../Health/HealthStore.ts"
import { requestTarget } from "../Health/RequestTarget.ts"
import { maxTrialsPerRequest, type OngoingTrial } from "../Health/Trial.ts"
import {
  explainsItself,
  explainsMore,
  isCredentialsFault,
  isLoginRefused,
  isWeather,
  mayMoveOn,
  type UpstreamFailure
} from "../Health/UpstreamFailure.ts"
import type { OAuthRefreshFailed } from "../OAuth/OAuthError.ts"
import type { ProfileId } from "../Profile/ProfileId.ts"
import { Affinity } from "./Affinity.ts"
import type { AttemptResult, Trail, TrailEntry } from "./Attempt.ts"
import { type AuthRequest, uploadLifeMs } from "./AuthRequest.ts"
import {
  AuthResolver,
  type Choice,
  isTrial,
  type Ranked,
  type ResolveError
} from "./AuthResolver.ts"
import type { CredentialUse } from "./CredentialUse.ts"
import * as Explain from "./explain.ts"
import { trailEntry, unrefreshed } from "./trailEntry.ts"

/**
 * No further attempt is begun this long after the request came, in ms; longer than every client
 * waits.
 */
export const deadlineMs = 600_000

/**
 * How many credentials the provider's weather may cost one request: the first and one more
 * (decision D10).
 */
const weatherAttempts = 2

/** Spread over which clients come back after a limit ends, in ms. At most 5,000 (decision D11). */
const jitterMs = 2_000

/**
 * Sends a request with one credential. `onAccepted` is to be called as soon as a 2xx status is
 * known where the whole answer takes longer: it ends the cooldown that the request was a trial of,
 * for everybody who waits.
 */
export type Attempt<A, E = never, R = never> = (
  use: CredentialUse,
  onAccepted: () => void
) => Effect.Effect<AttemptResult<A>, E, R>

/** A candidate and where its requests go. */
type Target = Pick<Choice, "candidate" | "upstream">

/** A first attempt that began without waiting for anything; epoch ms. */
export interface Opening extends Choice {
  readonly startedAt: number
}

/** An attempt that has its result. */
interface Sent<A> {
  readonly result: AttemptResult<A>
  readonly startedAt: number
  readonly entry: TrailEntry
}

/** What a walk gives back: the last attempt's result, and the trail of all. */
export interface Walked<A> {
  readonly result: AttemptResult<A>
  readonly trail: Trail
}

export class Failover extends Effect.Service<Failover>()("@clawdbot/domain/Auth/Failover", {
  effect: Effect.gen(function* () {
    const resolver = yield* AuthResolver
    const healths = yield* HealthStore
    const affinity = yield* Affinity
    const configs = yield* ConfigStore
    const clock = yield* Effect.clock

    const recordFailure = Effect.fnUntraced(function* (
      request: AuthRequest,
      use: CredentialUse,
      failure: UpstreamFailure,
      startedAt: number,
      trial?: OngoingTrial
    ) {
      if (!isCredentialsFault(failure)) return yield* release(use, trial)
      const { config } = yield* configs.load
      yield* healths.record(use.owner, use.profile, use.secretFingerprint, {
        _tag: "Failed",
        at: yield* Clock.currentTimeMillis,
        startedAt,
        failure,
        jitterMs: yield* Random.nextIntBetween(0, jitterMs),
        ladder: Cooldown.settings(config, use.provider),
        byHand: request.byHand,
        trial
      })
    })

    /** A trial that said nothing about the credential: the next request may be one. */
    const release = (use: CredentialUse, trial: OngoingTrial | undefined): Effect.Effect<void> =>
      trial === undefined
        ? Effect.void
        : Effect.flatMap(Clock.currentTimeMillis, (at) =>
            healths.record(use.owner, use.profile, use.secretFingerprint, {
              _tag: "TrialReleased",
              at,
              trial
            })
          )

    const keepConversation = (
      { agent, conversation }: AuthRequest,
      use: CredentialUse,
      now: number
    ): void => {
      if (conversation !== undefined) affinity.note(agent, conversation, use.profile, now)
    }

    /** One attempt with its bookkeeping; the result is recorded before anybody acts on it. */
    const send = Effect.fnUntraced(function* <A, E, R>(
      request: AuthRequest,
      use: CredentialUse,
      trial: OngoingTrial | undefined,
      attempt: Attempt<A, E, R>
    ) {
      const { owner, profile, secretFingerprint } = use
      const startedAt = yield* Clock.currentTimeMillis
      keepConversation(request, use, startedAt)
      if (trial === undefined) {
        yield* healths.record(owner, profile, secretFingerprint, { _tag: "Used", at: startedAt })
      }
      const onAccepted = (): void => {
        if (trial === undefined) return
        const at = clock.unsafeCurrentTimeMillis()
        healths.note(owner, profile, secretFingerprint, { _tag: "TrialPassed", at, trial })
      }
      const result = yield* Effect.onInterrupt(attempt(use, onAccepted), () => release(use, trial))
      const at = yield* Clock.currentTimeMillis
      if (result._tag === "Answered") {
        yield* healths.record(
          owner,
          profile,
          secretFingerprint,
          succeeded(request, result, startedAt, at)
        )
      }
      if (result._tag === "Broken") {
        // Something reached the client, so its status was good.
        onAccepted()
        yield* recordFailure(request, use, result.failure, startedAt)
      }
      if (result._tag === "Abandoned") yield* release(use, trial)
      const sent: Sent<A> = {
        result,
        startedAt,
        entry: trailEntry(use.profile, result, startedAt, at)
      }
      return sent
    })

    /**
     * The first attempt of nearly every request: what it needs is known, so it can begin at once at
     * `now` (epoch ms), without an effect. Undefined where something has to be read or refreshed
     * first; {@link walk} does that.
     */
    const open = (request: AuthRequest, now: number): Opening | undefined => {
      const choice = resolver.peek(request, now)
      if (choice === undefined) return undefined
      const { use } = choice
      const event = { _tag: "Used", at: now } as const
      if (!healths.note(use.owner, use.profile, use.secretFingerprint, event)) return undefined
      keepConversation(request, use, now)
      return { candidate: choice.candidate, upstream: choice.upstream, use, startedAt: now }
    }

    /**
     * The end of a walk whose first attempt was the only one it needed; undefined where
     * {@link goOn} has to follow. Epoch ms.
     */
    const settle = <A>(
      request: AuthRequest,
      { startedAt, use }: Opening,
      result: AttemptResult<A>,
      now: number
    ): Walked<A> | undefined => {
      if (result._tag === "Refused" || result._tag === "Broken") return undefined
      if (result._tag === "Answered") {
        const { owner, profile, secretFingerprint } = use
        healths.note(owner, profile, secretFingerprint, succeeded(request, result, startedAt, now))
      }
      return { result, trail: [trailEntry(use.profile, result, startedAt, now)] }
    }

    /** The rest of a walk after a first attempt that {@link settle} did not end. */
    const goOn = Effect.fnUntraced(function* <A, E, R>(
      request: AuthRequest,
      opening: Opening,
      result: AttemptResult<A>,
      attempt: Attempt<A, E, R>,
      trail: Array<TrailEntry> = []
    ) {
      const { startedAt, use } = opening
      if (result._tag === "Broken") yield* recordFailure(request, use, result.failure, startedAt)
      const entry = trailEntry(use.profile, result, startedAt, yield* Clock.currentTimeMillis)
      return yield* walk(request, attempt, trail, { opening, sent: { result, startedAt, entry } })
    })

    /** A candidate's secret; one that must last is refreshed first where it can be. */
    const ready = (
      request: AuthRequest,
      candidate: Target["candidate"],
      upstream: Target["upstream"]
    ) =>
      request.once === true
        ? resolver.useFor(candidate, upstream, uploadLifeMs)
        : resolver.use(candidate, upstream)

    /** Whether a secret ends before an upload may. */
    const endsSoon = (use: CredentialUse) =>
      Effect.map(
        Clock.currentTimeMillis,
        (now) => (use.expiresAt ?? Number.POSITIVE_INFINITY) - now < uploadLifeMs
      )

    /**
     * Whether a candidate that was ready is not cooling down by now: another request may have met a
     * refusal of the same refreshed token meanwhile (decision D37).
     */
    const isStillUsable = Effect.fnUntraced(function* (
      request: AuthRequest,
      { profile, state }: Choice["candidate"]
    ) {
      if (state !== "ready" || request.profile !== undefined) return true
      const { ranking } = yield* resolver.rank(request)
      return ranking.candidates.some(
        (candidate) => candidate.profile === profile && candidate.state === "ready"
      )
    })

    const walk = Effect.fnUntraced(function* <A, E, R>(
      request: AuthRequest,
      attempt: Attempt<A, E, R>,
      /** Filled as the walk goes, so that a caller has it also when the walk fails. */
      trail: Array<TrailEntry>,
      begun?: { readonly opening: Opening; readonly sent: Sent<A> }
    ) {
      const begunAt = begun?.sent.startedAt ?? (yield* Clock.currentTimeMillis)
      const tried = new Set<ProfileId>()
      const broken: Array<OAuthRefreshFailed> = []
      let refused: Extract<AttemptResult<A>, { readonly _tag: "Refused" }> | undefined
      let weather = 0
      let trialsLeft = maxTrialsPerRequest
      let notBefore = 0
      // Nearly every request is answered by the first candidate: the others are ranked only when it
      // does not.
      let ahead: Option.Option<Target> =
        begun === undefined ? yield* resolver.first(request) : Option.none()
      let before = begun
      let ranked: Ranked | undefined
      /**
       * The first whose secret ends soon, for a request that is sent once and finds no better one.
       */
      let spare: Choice | undefined

      const finish = (result: AttemptResult<A>): Walked<A> => ({ result, trail })

      const choose = Effect.gen(function* () {
        if (Option.isSome(ahead)) {
          const choice = ahead
          ahead = Option.none()
          return choice
        }
        // Other requests may have learned something meanwhile: each candidate is chosen from what
        // is known now.
        const now = yield* Clock.currentTimeMillis
        if (ranked === undefined || notBefore <= now) ranked = yield* resolver.rank(request)
        const found = ranked.ranking.candidates.find(
          (entry) => !tried.has(entry.profile) && Explain.isEligible(request, entry, trialsLeft > 0)
        )
        return found === undefined
          ? Option.none()
          : Option.some({ candidate: found, upstream: ranked.upstream })
      })

      for (;;) {
        const opened = before
        before = undefined
        const isLate =
          opened === undefined && (yield* Clock.currentTimeMillis) - begunAt >= deadlineMs
        const choice: Option.Option<Target> =
          opened !== undefined
            ? Option.some(opened.opening)
            : isLate
              ? Option.none()
              : yield* choose
        const chosen = Option.getOrElse(choice, () => spare)
        if (chosen === undefined) {
          const last = ranked ?? (yield* resolver.rank(request))
          const candidates = last.ranking.candidates.filter(
            (entry) => request.profile === undefined || entry.profile === request.profile
          )
          const pool = new Set([...tried, ...candidates.map((entry) => entry.profile)]).size
          // With one credential the provider's own words say it best; a pool's end is ours to
          // explain, unless it is not about the pool.
          if (refused !== undefined && (pool === 1 || explainsItself(refused.failure)))
            return finish(refused)
          return yield* Explain.unanswered(request, last.ranking, last.storePath, broken, notBefore)
        }
        const { candidate, upstream } = chosen
        tried.add(candidate.profile)
        const known = opened?.opening.use ?? (chosen === spare ? spare?.use : undefined)
        const first =
          known === undefined
            ? yield* Effect.either(ready(request, candidate, upstream))
            : Either.right<CredentialUse>(known)
        if (Either.isLeft(first)) {
          broken.push(first.left)
          trail.push(unrefreshed(candidate.profile, first.left, yield* Clock.currentTimeMillis))
          continue
        }
        let use = first.right
        if (request.once === true && chosen !== spare && (yield* endsSoon(use))) {
          spare ??= { candidate, upstream, use }
          continue
        }
        let trial: OngoingTrial | undefined
        if (opened === undefined && isTrial(request, candidate)) {
          const begun = yield* resolver.beginTrial(candidate, use, "request")
          if (begun._tag === "NotDue") {
            trialsLeft = 0
            notBefore = begun.retryAt
            tried.delete(candidate.profile)
            if (chosen === spare) spare = undefined
            // Another request was faster: what it learned may have made one ready. That another
            // trial was sent a moment ago changes nothing.
            continue
          }
          trialsLeft -= 1
          trial = begun.trial
        }
        let sent = opened?.sent ?? (yield* send(request, use, trial, attempt))
        trail.push(sent.entry)
        if (sent.result._tag === "Refused" && isLoginRefused(sent.result.failure)) {
          const renewed = yield* Effect.either(resolver.renew(candidate, use, upstream))
          if (Either.isLeft(renewed)) {
            broken.push(renewed.left)
            trail.push(unrefreshed(candidate.profile, renewed.left, yield* Clock.currentTimeMillis))
          } else if (Option.isSome(renewed.right) && (yield* isStillUsable(request, candidate))) {
            use = renewed.right.value
            // What cannot be sent again has helped the next request: the login is a fresh one.
            if (request.once === true) {
              yield* release(use, trial)
              return finish(sent.result)
            }
            sent = yield* send(request, use, trial, attempt)
            trail.push(sent.entry)
          }
        }
        const { result, startedAt } = sent
        if (result._tag !== "Refused") return finish(result)
        yield* recordFailure(request, use, result.failure, startedAt, trial)
        if (request.once === true || !mayMoveOn(result.failure)) return finish(result)
        if (refused === undefined || !explainsMore(refused.failure, result.failure))
          refused = result
        if (isWeather(result.failure)) {
          weather += 1
          if (weather >= weatherAttempts) return finish(result)
        }
      }
    })

    const run = <A, E, R>(
      request: AuthRequest,
      attempt: Attempt<A, E, R>,
      trail: Array<TrailEntry> = []
    ): Effect.Effect<Walked<A>, E | ResolveError, R> =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        const opening = request.once === true ? undefined : open(request, now)
        if (opening === undefined) return walk(request, attempt, trail)
        return Effect.flatMap(
          Effect.zip(
            attempt(opening.use, () => {}),
            Clock.currentTimeMillis
          ),
          ([result, endedAt]) => {
            const walked = settle(request, opening, result, endedAt)
            return walked === undefined
              ? goOn(request, opening, result, attempt, trail)
              : Effect.succeed(walked)
          }
        )
      })

    return { run, open, settle, goOn } as const
  })
}) {}

/** Everything a walk can fail with, beside what the attempt itself fails with. */
export type FailoverError = ResolveError

const succeeded = (
  request: AuthRequest,
  result: Extract<AttemptResult<unknown>, { readonly _tag: "Answered" }>,
  startedAt: number,
  at: number
): HealthEvent => {
  const { organization, windows } = result
  const target = requestTarget(request)
  const event: HealthEvent = { _tag: "Succeeded", at, startedAt, windows, target }
  return organization === undefined ? event : { ...event, organization }
}
