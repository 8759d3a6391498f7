/**
 * Walks the candidates of a request until one answers (design.md, "The path of a request"; decisions D9–D14, D28). The same walk serves the
 * gateway, the probe and the library; the caller says how a request is sent.
 *
 * Two budgets (D13): the walk ends with the pool or the deadline; one credential is repeated only after a refresh that followed a 401.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import { ConfigStore } from "../Config/ConfigStore.ts"
import * as Cooldown from "../Health/Cooldown.ts"
import { HealthStore } from "../Health/HealthStore.ts"
import { modelFamily } from "../Health/Scope.ts"
import { isCredentialsFault, isWeather, mayMoveOn, type UpstreamFailure } from "../Health/UpstreamFailure.ts"
import type { ProfileId } from "../Profile/ProfileId.ts"
import { Affinity } from "./Affinity.ts"
import type { AttemptResult, Trail, TrailEntry } from "./Attempt.ts"
import type { AuthRequest } from "./AuthRequest.ts"
import { AuthResolver, type Ranked, type ResolveError, refreshFailed, withRejected } from "./AuthResolver.ts"
import type { CredentialUse } from "./CredentialUse.ts"
import * as Explain from "./explain.ts"
import type { Candidate } from "./Order.ts"
import type { Rejected } from "./Roster.ts"
import type { Upstream } from "./upstreamOrigin.ts"

/** No further attempt is begun this long after the request came, in ms; longer than every client waits. */
export const deadlineMs = 600_000

/** How many credentials the provider's weather may cost one request: the first and one more (decision D10). */
const weatherAttempts = 2

/** Spread over which clients come back after a limit ends, in ms. At most 5,000 (decision D11). */
const jitterMs = 2_000

/** A candidate and where its requests go. */
interface Choice {
  readonly candidate: Candidate
  readonly upstream: Upstream
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

    const recordFailure = Effect.fnUntraced(function* (
      use: CredentialUse,
      failure: UpstreamFailure,
      startedAt: number
    ) {
      if (!isCredentialsFault(failure)) return
      const { config } = yield* configs.load
      yield* healths.record(use.owner, use.profile, use.secretFingerprint, {
        _tag: "Failed",
        at: yield* Clock.currentTimeMillis,
        startedAt,
        failure,
        jitterMs: yield* Random.nextIntBetween(0, jitterMs),
        ladder: Cooldown.settings(config, use.provider)
      })
    })

    const recordSuccess = Effect.fnUntraced(function* (
      request: AuthRequest,
      use: CredentialUse,
      result: Extract<AttemptResult<unknown>, { readonly _tag: "Answered" }>,
      startedAt: number
    ) {
      yield* healths.record(use.owner, use.profile, use.secretFingerprint, {
        _tag: "Succeeded",
        at: yield* Clock.currentTimeMillis,
        startedAt,
        windows: result.windows,
        ...(request.model !== undefined ? { family: modelFamily(request.model) } : {}),
        ...(result.organization !== undefined ? { organization: result.organization } : {})
      })
    })

    /** One attempt with its bookkeeping; the result is recorded before anybody acts on it. */
    const send = Effect.fnUntraced(function* <A, E, R>(
      request: AuthRequest,
      use: CredentialUse,
      probe: boolean,
      attempt: (use: CredentialUse) => Effect.Effect<AttemptResult<A>, E, R>
    ) {
      const startedAt = yield* Clock.currentTimeMillis
      yield* healths.record(use.owner, use.profile, use.secretFingerprint, {
        _tag: "Used",
        at: startedAt,
        probe
      })
      if (request.conversation !== undefined) yield* affinity.set(request.agent, request.conversation, use.profile)
      const result = yield* attempt(use)
      if (result._tag === "Answered") yield* recordSuccess(request, use, result, startedAt)
      if (result._tag === "Broken") yield* recordFailure(use, result.failure, startedAt)
      return { result, startedAt, entry: trailEntry(use.profile, result, startedAt, yield* Clock.currentTimeMillis) }
    })

    const run = Effect.fnUntraced(function* <A, E, R>(
      request: AuthRequest,
      attempt: (use: CredentialUse) => Effect.Effect<AttemptResult<A>, E, R>
    ) {
      const begunAt = yield* Clock.currentTimeMillis
      const trail: Array<TrailEntry> = []
      const tried = new Set<ProfileId>()
      const broken: Array<Rejected> = []
      let refused: Extract<AttemptResult<A>, { readonly _tag: "Refused" }> | undefined
      let weather = 0
      // Nearly every request is answered by the first candidate: the others are ranked only when it does not.
      let ahead: Option.Option<Choice> = yield* resolver.first(request)
      let ranked: Ranked | undefined

      const finish = (result: AttemptResult<A>): Walked<A> => ({ result, trail })

      const choose = Effect.gen(function* () {
        if (Option.isSome(ahead)) {
          const choice = ahead
          ahead = Option.none()
          return choice
        }
        // Other requests may have learned something meanwhile: each candidate is chosen from what is known now.
        ranked = yield* resolver.rank(request)
        const found = ranked.ranking.candidates.find(
          (entry) => !tried.has(entry.profile) && Explain.isEligible(request, entry)
        )
        return found === undefined ? Option.none() : Option.some({ candidate: found, upstream: ranked.upstream })
      })

      for (;;) {
        const isLate = (yield* Clock.currentTimeMillis) - begunAt >= deadlineMs
        const choice: Option.Option<Choice> = isLate ? Option.none() : yield* choose
        if (Option.isNone(choice)) {
          const last = ranked ?? (yield* resolver.rank(request))
          const candidates = last.ranking.candidates.filter(
            (entry) => request.profile === undefined || entry.profile === request.profile
          )
          const pool = new Set([...tried, ...candidates.map((entry) => entry.profile)]).size
          // With one credential, or in bad weather, the provider's own words say it best; a pool's end is ours to explain.
          if (refused !== undefined && (pool === 1 || !isCredentialsFault(refused.failure))) return finish(refused)
          return yield* Explain.failure(request, withRejected(last.ranking, broken), last.storePath)
        }
        const { candidate, upstream } = choice.value
        tried.add(candidate.profile)
        const first = yield* Effect.either(resolver.use(candidate, upstream))
        if (Either.isLeft(first)) {
          broken.push(refreshFailed(candidate, first.left))
          continue
        }
        let use = first.right
        let sent = yield* send(request, use, candidate.state === "half-open", attempt)
        trail.push(sent.entry)
        if (sent.result._tag === "Refused" && sent.result.failure.status === 401) {
          const renewed = yield* Effect.either(resolver.renew(candidate, use, upstream))
          if (Either.isLeft(renewed)) broken.push(refreshFailed(candidate, renewed.left))
          else if (Option.isSome(renewed.right)) {
            use = renewed.right.value
            sent = yield* send(request, use, candidate.state === "half-open", attempt)
            trail.push(sent.entry)
          }
        }
        const { result, startedAt } = sent
        if (result._tag !== "Refused") return finish(result)
        yield* recordFailure(use, result.failure, startedAt)
        if (!mayMoveOn(result.failure)) return finish(result)
        refused = result
        if (isWeather(result.failure)) {
          weather += 1
          if (weather >= weatherAttempts) return finish(result)
        }
      }
    })

    return { run } as const
  })
}) {}

/** Everything a walk can fail with, beside what the attempt itself fails with. */
export type FailoverError = ResolveError

const trailEntry = (
  profile: ProfileId,
  result: AttemptResult<unknown>,
  startedAt: number,
  endedAt: number
): TrailEntry => {
  const failure = result._tag === "Refused" || result._tag === "Broken" ? result.failure : undefined
  const names = { Answered: "answered", Broken: "broken", Refused: "refused", Abandoned: "abandoned" } as const
  return {
    profile,
    startedAt,
    endedAt,
    result: names[result._tag],
    ...(failure !== undefined ? { failureClass: failure.class } : {}),
    ...(failure?.status !== undefined ? { status: failure.status } : {})
  }
}
