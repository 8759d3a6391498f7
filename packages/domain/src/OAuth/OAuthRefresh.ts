/** Keeps logins alive: the one place that redeems a refresh token (docs/guarantees.md, 1). */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FiberId from "effect/FiberId"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import * as BackgroundLoop from "../Background/backgroundLoop.ts"
import { SharedLogin } from "../ClaudeCode/SharedLogin.ts"
import { ConfigStore } from "../Config/ConfigStore.ts"
import { StatePaths } from "../Environment/StatePaths.ts"
import { HealthStore } from "../Health/HealthStore.ts"
import * as Credential from "../Profile/Credential.ts"
import { ProfileStore } from "../Profile/ProfileStore.ts"
import {
  backgroundJitterMs,
  backoffMs,
  type Demand,
  dueMs,
  freshness,
  isUnwanted,
  mayStillBeUsed,
  meets,
  waitWhileUsable
} from "./freshness.ts"
import { HeldStores } from "./HeldStores.ts"
import type { OAuthRefreshFailed } from "./OAuthError.ts"
import { RefreshJournal } from "./RefreshJournal.ts"
import { RefreshLease } from "./RefreshLease.ts"
import { RefreshMemory } from "./RefreshMemory.ts"
import { refreshLogin } from "./refreshLogin.ts"
import { failure, type RefreshPorts } from "./refreshPorts.ts"
import { refreshFingerprint, type StoredLogin } from "./StoredLogin.ts"
import { TokenEndpoint } from "./TokenEndpoint.ts"

export type { StoredLogin } from "./StoredLogin.ts"

/**
 * - `ensureFresh` gives a login whose access token is good: the one it was given when that has
 *   enough life left (a refresh in the
 * background is started when it is close to its end), otherwise the refreshed one; many callers
 * share one refresh.
 * - `afterRefusal` is for a 401: refreshes once, unless somebody already did since the access token
 *   with `refusedFingerprint` was read. None where that token is the result of a refresh less than
 *   a minute ago: another one would be refused as well (decision D37).
 * - `refreshNow` gets another access token than the given one, whatever life that has left.
 * - `current` is what `ensureFresh` would give, where that is a login with enough life left at
 *   `now`
 *   (epoch ms).
 */
export class OAuthRefresh extends Context.Tag("@clawdbot/domain/OAuth/OAuthRefresh")<
  OAuthRefresh,
  {
    readonly ensureFresh: (
      login: StoredLogin
    ) => Effect.Effect<Credential.OAuth, OAuthRefreshFailed>
    readonly afterRefusal: (
      login: StoredLogin,
      refusedFingerprint: string
    ) => Effect.Effect<Option.Option<Credential.OAuth>, OAuthRefreshFailed>
    readonly refreshNow: (login: StoredLogin) => Effect.Effect<Credential.OAuth, OAuthRefreshFailed>
    readonly current: (login: StoredLogin, now: number) => Credential.OAuth | undefined
  }
>() {}

/** How often a login may move on under one refresh before that is given up. */
const rounds = 4

const make = Effect.gen(function* () {
  const scope = yield* Effect.scope
  const ports: RefreshPorts = {
    configs: yield* ConfigStore,
    endpoint: yield* TokenEndpoint,
    healths: yield* HealthStore,
    journal: yield* RefreshJournal,
    lease: yield* RefreshLease,
    paths: yield* StatePaths,
    profiles: yield* ProfileStore,
    shared: yield* SharedLogin,
    stores: yield* HeldStores,
    unclaimed: new Map()
  }
  const flights = new Map<string, Deferred.Deferred<Credential.OAuth, OAuthRefreshFailed>>()
  const waiting = new Set<string>()
  const survive = BackgroundLoop.makeSurvive()
  const finishing = new Set<string>()
  const memory = new RefreshMemory()

  const noRefreshToken = (login: StoredLogin) =>
    failure(login, "consumed", "no refresh token is stored")

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

  /** One refresh, followed through when the login moves on to another generation meanwhile. */
  const refresh = Effect.fn("OAuthRefresh.refresh")(function* (login: StoredLogin, demand: Demand) {
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
    return yield* failure(login, "busy", "the login changes faster than it can be read")
  })

  /**
   * The refresh of a generation that is under way, or a new one. A caller that goes away leaves it
   * running for the others.
   */
  const shared = (
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

  /** A refresh ahead of the end, a little later than now, that nobody waits for. */
  const inBackground = (login: StoredLogin, now: number): Effect.Effect<void> =>
    Effect.suspend(() => {
      const fingerprint = refreshFingerprint(login.credential)
      const isBusy = flights.has(fingerprint) || waiting.has(fingerprint)
      if (isBusy || memory.backoffOf(fingerprint, now) !== undefined) return Effect.void
      waiting.add(fingerprint)
      const latest = Math.min(
        backgroundJitterMs,
        Math.max(0, (login.credential.expires - now - dueMs) / 2)
      )
      return Effect.flatMap(Random.next, (random) =>
        Effect.sleep(Math.round(random * latest))
      ).pipe(
        Effect.zipRight(Effect.suspend(() => shared(memory.newest(login), { _tag: "Advisory" }))),
        Effect.catchAll((reason) =>
          Effect.logInfo("login could not be refreshed ahead of its end").pipe(
            Effect.annotateLogs({
              profile: reason.profile,
              cause: reason.cause,
              detail: reason.detail
            })
          )
        ),
        Effect.ensuring(Effect.sync(() => waiting.delete(fingerprint))),
        Effect.forkIn(scope),
        Effect.asVoid
      )
    })

  const ensureFresh = Effect.fn("OAuthRefresh.ensureFresh")(function* (given: StoredLogin) {
    const now = yield* Clock.currentTimeMillis
    const login = memory.newest(given)
    const { credential } = login
    const state = freshness(credential, now)
    if (state === "fresh") return credential
    if (Credential.isBlank(credential.refresh)) {
      if (mayStillBeUsed(credential, now)) return credential
      return yield* noRefreshToken(login)
    }
    if (state === "advisory") {
      yield* inBackground(login, now)
      return credential
    }
    const wait = waitWhileUsable(credential, now)
    const refreshing = shared(login, { _tag: "Due" })
    const refreshed = yield* Effect.either(
      wait === undefined
        ? refreshing
        : Effect.timeoutTo(refreshing, {
            duration: wait,
            onSuccess: (fresh) => fresh,
            onTimeout: () => credential
          })
    )
    if (Either.isRight(refreshed)) return refreshed.right
    // No request fails for a refresh's sake while its token may still be good.
    if (mayStillBeUsed(credential, yield* Clock.currentTimeMillis)) return credential
    return yield* refreshed.left
  })

  /**
   * Another access token than one that is not wanted any more; the same one where there is none.
   */
  const replace = Effect.fnUntraced(function* (
    given: StoredLogin,
    demand: Extract<Demand, { readonly _tag: "Refused" | "Asked" }>
  ) {
    const now = yield* Clock.currentTimeMillis
    const login = memory.newest(given)
    if (meets(login.credential, demand, now)) return login.credential
    if (Credential.isBlank(login.credential.refresh)) return yield* noRefreshToken(login)
    if (demand._tag === "Refused" && memory.isFromJustNow(login.credential, now))
      return login.credential
    const first = yield* shared(login, demand)
    // A refresh that was under way for another reason may have found nothing to do.
    if (isUnwanted(first, demand))
      return yield* shared(memory.newest({ ...login, credential: first }), demand)
    return first
  })

  const afterRefusal = Effect.fn("OAuthRefresh.afterRefusal")(function* (
    login: StoredLogin,
    refusedFingerprint: string
  ) {
    const demand: Demand = { _tag: "Refused", accessFingerprint: refusedFingerprint }
    const found = yield* replace(login, demand)
    if (isUnwanted(found, demand)) return Option.none<Credential.OAuth>()
    return Option.some(found)
  })

  const refreshNow = Effect.fn("OAuthRefresh.refreshNow")((login: StoredLogin) =>
    replace(login, {
      _tag: "Asked",
      accessFingerprint: Credential.secretFingerprint(login.credential)
    })
  )

  const current = (given: StoredLogin, now: number): Credential.OAuth | undefined => {
    const { credential } = memory.newest(given)
    if (freshness(credential, now) === "fresh") return credential
    return undefined
  }

  return OAuthRefresh.of({ ensureFresh, afterRefusal, refreshNow, current })
})

/**
 * The policy over its ports. Refreshes under way when the scope closes are finished first, within
 * their time limit.
 */
export const layer: Layer.Layer<
  OAuthRefresh,
  never,
  | ConfigStore
  | HealthStore
  | HeldStores
  | ProfileStore
  | RefreshJournal
  | RefreshLease
  | SharedLogin
  | StatePaths
  | TokenEndpoint
> = Layer.scoped(OAuthRefresh, make)
