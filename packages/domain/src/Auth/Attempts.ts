/**
 * Sends a request with one credential, and records what is learned by it: that it was used, that it
 * answered, that it was refused. What is recorded is in force before anybody acts on the result.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import type { HealthEvent } from "../Health/HealthEvent.ts"
import { HealthStore } from "../Health/HealthStore.ts"
import { requestTarget } from "../Health/RequestTarget.ts"
import type { OngoingTrial } from "../Health/Trial.ts"
import { isCredentialsFault, type UpstreamFailure } from "../Health/UpstreamFailure.ts"
import { Affinity } from "./Affinity.ts"
import type { Attempt, TrailEntry } from "./Attempt.ts"
import type { AttemptResult } from "./AttemptResult.ts"
import type { AuthRequest } from "./AuthRequest.ts"
import type { CredentialUse } from "./CredentialUse.ts"
import type { Chosen } from "./Snapshot.ts"
import { trailEntry } from "./trailEntry.ts"

/** Spread over which clients come back after a limit ends, in ms. At most 5,000 (decision D11). */
const jitterMs = 2_000

/** A request that is about to be sent with a credential. */
export interface Sendable extends Chosen {
  readonly request: AuthRequest
  readonly use: CredentialUse
  /** The right to test its cooldown, where the request does so. */
  readonly trial: OngoingTrial | undefined
}

/** A request that is being sent since `startedAt` (epoch ms). */
export interface Sending extends Sendable {
  readonly startedAt: number
}

/** A request whose result is known. */
export interface Sent<A> extends Sending {
  readonly result: AttemptResult<A>
  readonly entry: TrailEntry
}

const succeeded = (
  { request, startedAt }: Sending,
  { organization, windows }: Extract<AttemptResult<unknown>, { readonly _tag: "Answered" }>,
  at: number
): HealthEvent => {
  const target = requestTarget(request)
  if (organization === undefined) return { _tag: "Succeeded", at, startedAt, windows, target }
  return { _tag: "Succeeded", at, startedAt, windows, target, organization }
}

/** Over the health of the credentials and the memory of conversations. */
export const make = Effect.gen(function* () {
  const healths = yield* HealthStore
  const affinity = yield* Affinity
  const clock = yield* Effect.clock

  const record = ({ use }: Sendable, event: HealthEvent): void =>
    void healths.note(use.owner, use.profile, use.secretFingerprint, event)

  /** Records that a request is sent at `now` (epoch ms). */
  const begin = (sendable: Sendable, now: number): Sending => {
    const { candidate, request, snapshot, trial, use } = sendable
    const { agent, conversation, model } = request
    if (conversation !== undefined) {
      affinity.note(agent, conversation, use.profile, now)
      // What is no message to a model leaves the prompt cache as it is.
      if (snapshot.goesByQuota && requestTarget(request).group !== undefined)
        affinity.uses.begin({ agent, conversation, model }, use.profile, now)
    }
    if (trial === undefined) record(sendable, { _tag: "Used", at: now })
    return { candidate, snapshot, request, use, trial, startedAt: now }
  }

  /** A refusal read nothing and wrote nothing: the prompt cache is where and as it was before. */
  const takeBack = ({ request, snapshot, startedAt, use }: Sending): void => {
    const { agent, conversation, model } = request
    if (conversation === undefined || !snapshot.goesByQuota) return
    affinity.uses.takeBack({ agent, conversation, model }, use.profile, startedAt)
  }

  /** Records a good result at `now` (epoch ms); {@link fail} records the others. */
  const end = <A>(sending: Sending, result: AttemptResult<A>, now: number): Sent<A> => {
    const { candidate, request, snapshot, startedAt, trial, use } = sending
    if (result._tag === "Answered") record(sending, succeeded(sending, result, now))
    if (result._tag === "Refused") takeBack(sending)
    const entry = trailEntry(use.profile, result, startedAt, now)
    return { candidate, snapshot, request, use, trial, startedAt, result, entry }
  }

  /** The provider accepted a trial: its cooldowns are over for everybody who waits. */
  const accept = (sending: Sending): void => {
    const { trial } = sending
    if (trial === undefined) return
    record(sending, { _tag: "TrialPassed", at: clock.unsafeCurrentTimeMillis(), trial })
  }

  /** A trial that said nothing about the credential: the next request may be one. */
  const release = (sending: Sending): Effect.Effect<void> => {
    const { trial } = sending
    if (trial === undefined) return Effect.void
    return Effect.map(Clock.currentTimeMillis, (at) =>
      record(sending, { _tag: "TrialReleased", at, trial })
    )
  }

  /** Records a failure; one that is not the credential's fault says nothing about it. */
  const fail = Effect.fnUntraced(function* <A>(sent: Sent<A>, failure: UpstreamFailure) {
    // What broke after its beginning had passed its trial.
    const trial = sent.result._tag === "Broken" ? undefined : sent.trial
    if (!isCredentialsFault(failure)) return yield* release({ ...sent, trial })
    record(sent, {
      _tag: "Failed",
      at: yield* Clock.currentTimeMillis,
      startedAt: sent.startedAt,
      failure,
      jitterMs: yield* Random.nextIntBetween(0, jitterMs),
      ladder: sent.snapshot.cooldowns,
      byHand: sent.request.byHand,
      trial
    })
  })

  /** Sends what was begun; refusals are left to the caller, who may know a cure. */
  const finish = Effect.fnUntraced(function* <A, E, R>(
    sending: Sending,
    attempt: Attempt<A, E, R>
  ) {
    const sent = attempt(sending.use, () => accept(sending))
    // Only a trial has something to give back.
    const result = yield* sending.trial === undefined
      ? sent
      : Effect.onError(sent, () => release(sending))
    // Something reached the client, so the status was good.
    if (result._tag === "Broken") accept(sending)
    if (result._tag === "Abandoned") yield* release(sending)
    return end(sending, result, yield* Clock.currentTimeMillis)
  })

  /** The whole of it. */
  const send = <A, E, R>(sendable: Sendable, attempt: Attempt<A, E, R>) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => finish(begin(sendable, now), attempt))

  return { accept, begin, end, fail, finish, release, send } as const
})
