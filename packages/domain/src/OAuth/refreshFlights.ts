/**
 * Refreshes that callers share: of one refresh token one is under way at a time, whoever asks for
 * it, and it is followed through to its end, also where whoever asked goes away.
 */

import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import * as Schedule from "effect/Schedule"
import * as BackgroundLoop from "../Background/backgroundLoop.ts"
import * as Credential from "../Profile/Credential.ts"
import { backoffMs, type Demand } from "./freshness.ts"
import type { OAuthRefreshFailed } from "./OAuthError.ts"
import type { RefreshMemory } from "./RefreshMemory.ts"
import { refreshLogin } from "./refreshLogin.ts"
import { failure, type RefreshPorts } from "./refreshPorts.ts"
import { refreshFingerprint, type StoredLogin } from "./StoredLogin.ts"

/** How often a login may move on under one refresh before that is given up. */
const rounds = 4

/** Why a login that holds no refresh token cannot be refreshed. */
export const noRefreshToken = (login: StoredLogin): OAuthRefreshFailed =>
  failure(login, "consumed", "no refresh token is stored")

/** Over the services of a refresh; refreshes run in the scope. */
export const make = (ports: RefreshPorts, memory: RefreshMemory) =>
  Effect.gen(function* () {
    const scope = yield* Effect.scope
    const flights = new Map<string, Deferred.Deferred<Credential.OAuth, OAuthRefreshFailed>>()
    const survive = BackgroundLoop.makeSurvive()
    const finishing = new Set<string>()

    /** Tries again until every store holds an answer that one of them could not take. */
    const finishLater = (login: StoredLogin): Effect.Effect<void> =>
      Effect.suspend(() => {
        const fingerprint = refreshFingerprint(login.credential)
        if (finishing.has(fingerprint)) return Effect.void
        finishing.add(fingerprint)
        return Effect.suspend(() => {
          if (ports.unclaimed.has(fingerprint))
            return survive(
              "storing a refreshed login",
              Effect.ignore(refreshLogin(ports, login, { _tag: "Due" }))
            )
          return Effect.void
        }).pipe(
          Effect.delay(backoffMs),
          Effect.repeat({
            schedule: Schedule.exponential(backoffMs).pipe(Schedule.union(Schedule.spaced(60_000))),
            while: () => ports.unclaimed.has(fingerprint)
          }),
          Effect.ensuring(Effect.sync(() => finishing.delete(fingerprint))),
          Effect.forkIn(scope),
          Effect.asVoid
        )
      })

    /** One refresh, followed through when the login moves on to another version meanwhile. */
    const refresh = Effect.fn("OAuthRefresh.refresh")(function* (
      login: StoredLogin,
      demand: Demand
    ) {
      let current = login
      for (let round = 0; round < rounds; round++) {
        if (Credential.isBlank(current.credential.refresh)) return yield* noRefreshToken(current)
        const fingerprint = refreshFingerprint(current.credential)
        const outcome = yield* refreshLogin(ports, current, demand)
        if (ports.unclaimed.has(fingerprint)) yield* finishLater(current)
        const now = yield* Clock.currentTimeMillis
        if (outcome.credential !== current.credential) {
          const granted = outcome._tag === "Done" && outcome.granted === true
          memory.remember(fingerprint, { credential: outcome.credential, at: now, granted })
        }
        if (outcome._tag !== "Again") return outcome.credential
        current = { ...current, credential: outcome.credential }
      }
      return yield* failure(login, "busy", "the login keeps changing while it is read")
    })

    /**
     * The refresh of a version that is under way, or a new one. A caller that goes away leaves
     * it running for the others.
     */
    const share = (
      login: StoredLogin,
      demand: Demand
    ): Effect.Effect<Credential.OAuth, OAuthRefreshFailed> =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        const fingerprint = refreshFingerprint(login.credential)
        const running = flights.get(fingerprint)
        if (running !== undefined) return Deferred.await(running)
        const reason = memory.backoffOf(fingerprint, now)
        if (reason !== undefined) return Effect.fail(reason)
        const flight = Deferred.unsafeMake<Credential.OAuth, OAuthRefreshFailed>(FiberId.none)
        flights.set(fingerprint, flight)
        return Effect.interruptible(refresh(login, demand)).pipe(
          Effect.tapError((reason) =>
            Effect.map(Clock.currentTimeMillis, (failedAt) =>
              memory.backOff(fingerprint, reason, failedAt)
            )
          ),
          Effect.ensuring(Effect.sync(() => flights.delete(fingerprint))),
          Effect.intoDeferred(flight),
          Effect.forkIn(scope),
          // Born uninterruptible, so that even a scope that closes at once settles the flight.
          Effect.uninterruptible,
          Effect.zipRight(Deferred.await(flight))
        )
      })

    /** Whether a refresh of this token is under way. */
    const isRunning = (fingerprint: string): boolean => flights.has(fingerprint)

    return { isRunning, share } as const
  })
