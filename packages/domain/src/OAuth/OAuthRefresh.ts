/** Keeps logins alive: the one place that redeems a refresh token (docs/guarantees.md, 1). */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import { SharedLogin } from "../ClaudeCode/SharedLogin.ts"
import { ConfigStore } from "../Config/ConfigStore.ts"
import { ifDefined } from "../Document/defined.ts"
import { StatePaths } from "../Environment/StatePaths.ts"
import * as Health from "../Health/HealthDocument.ts"
import { HealthStore } from "../Health/HealthStore.ts"
import * as Credential from "../Profile/Credential.ts"
import { ProfileStore } from "../Profile/ProfileStore.ts"
import {
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
import { afterReturn, aheadOf, configured, RefreshAhead, waitForTurn } from "./RefreshAhead.ts"
import { RefreshJournal } from "./RefreshJournal.ts"
import { RefreshLease } from "./RefreshLease.ts"
import { RefreshMemory } from "./RefreshMemory.ts"
import * as RefreshFlights from "./refreshFlights.ts"
import type { RefreshPorts } from "./refreshPorts.ts"
import { refreshFingerprint, type StoredLogin } from "./StoredLogin.ts"
import { StoreReturns } from "./StoreReturns.ts"
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

/** So many refreshes that nobody waits for are under way at once: an outage leaves many behind. */
const maxAhead = 8

/**
 * The policy over its ports. Refreshes under way when the scope closes are finished first, within
 * their time limit.
 */
export const make = Effect.gen(function* () {
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
  const memory = new RefreshMemory()
  const flights = yield* RefreshFlights.make(ports, memory)
  const standard = yield* RefreshAhead
  /** As the config has it now, where that is known without looking. */
  const policyNow = () =>
    configured(standard, ports.configs.current()?.config.auth?.refreshAheadSeconds)
  const waiting = new Set<string>()
  const ahead = yield* Effect.makeSemaphore(maxAhead)
  /** When the store was there again, in epoch ms, and what ends the waits for turns then. */
  let returnedAt: number | undefined
  let returned = yield* Deferred.make<void>()
  const { onReturn } = yield* StoreReturns
  onReturn(
    Effect.gen(function* () {
      memory.resume()
      returnedAt = yield* Clock.currentTimeMillis
      const before = returned
      returned = yield* Deferred.make<void>()
      yield* Deferred.succeed(before, undefined)
    })
  )

  /** Waits for the turn of this program, a short one after an outage of the store. */
  const awaitTurn = (fingerprint: string, leftUntilDueMs: number): Effect.Effect<void> =>
    Effect.gen(function* () {
      const random = yield* Random.next
      const now = yield* Clock.currentTimeMillis
      const policy = afterReturn(
        policyNow(),
        ifDefined(returnedAt, (at) => now - at)
      )
      const isOver = yield* Effect.raceFirst(
        Effect.as(Effect.sleep(waitForTurn(policy, fingerprint, leftUntilDueMs, random)), true),
        Effect.as(Deferred.await(returned), false)
      )
      if (!isOver) yield* awaitTurn(fingerprint, leftUntilDueMs)
    })

  const isFresh = (credential: Credential.OAuth, now: number): boolean =>
    freshness(credential, now, policyNow().aheadMs) === "fresh"

  /**
   * A login as it is stored now, and how long before its end it is to be refreshed; undefined where
   * somebody else has refreshed it meanwhile, or where it lives too short to be refreshed already.
   */
  const stillAhead = (login: StoredLogin) =>
    Effect.gen(function* () {
      const now = yield* Clock.currentTimeMillis
      const { document } = yield* ports.profiles.read(login.owner)
      const stored = document.profiles.get(login.profile)
      if (stored?.type !== "oauth" || isFresh(stored, now)) return undefined
      const fingerprint = Credential.secretFingerprint(stored)
      const healths = yield* ports.healths.read(login.owner)
      const health = Health.of(healths, login.profile, fingerprint)
      const renewedAt = health.secretFingerprint === fingerprint ? health.renewedAt : undefined
      const aheadMs = aheadOf(
        policyNow(),
        ifDefined(renewedAt, (at) => stored.expires - at)
      )
      if (freshness(stored, now, aheadMs) === "fresh") return undefined
      return { login: { ...login, credential: stored }, aheadMs }
    }).pipe(
      // What cannot be read here is read again under the locks, which say why it cannot be.
      Effect.orElseSucceed(() => ({ login, aheadMs: policyNow().aheadMs }))
    )

  /** A refresh ahead of the end, a little later than now, that nobody waits for. */
  const inBackground = (login: StoredLogin, now: number): Effect.Effect<void> =>
    Effect.suspend(() => {
      const fingerprint = refreshFingerprint(login.credential)
      const isBusy = flights.isRunning(fingerprint) || waiting.has(fingerprint)
      if (isBusy || memory.backoffOf(fingerprint, now) !== undefined) return Effect.void
      waiting.add(fingerprint)
      const leftUntilDueMs = login.credential.expires - now - dueMs
      const refreshing = Effect.flatMap(stillAhead(login), (found) => {
        if (found === undefined) return Effect.void
        const demand = { _tag: "Advisory", aheadMs: found.aheadMs } as const
        return flights.share(memory.newest(found.login), demand)
      })
      return awaitTurn(fingerprint, leftUntilDueMs).pipe(
        Effect.zipRight(ahead.withPermits(1)(refreshing)),
        Effect.catchAll((reason) =>
          Effect.logInfo("the login could not be refreshed before it expires").pipe(
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
    const state = freshness(credential, now, policyNow().aheadMs)
    if (state === "fresh") return credential
    if (Credential.isBlank(credential.refresh)) {
      if (mayStillBeUsed(credential, now)) return credential
      return yield* RefreshFlights.noRefreshToken(login)
    }
    if (state === "advisory") {
      yield* inBackground(login, now)
      return credential
    }
    const wait = waitWhileUsable(credential, now)
    const refreshing = flights.share(login, { _tag: "Due" })
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
    if (Credential.isBlank(login.credential.refresh))
      return yield* RefreshFlights.noRefreshToken(login)
    if (demand._tag === "Refused" && memory.isFromJustNow(login.credential, now))
      return login.credential
    const first = yield* flights.share(login, demand)
    // A refresh that was under way for another reason may have found nothing to do.
    if (isUnwanted(first, demand))
      return yield* flights.share(memory.newest({ ...login, credential: first }), demand)
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
    if (isFresh(credential, now)) return credential
    return undefined
  }

  return OAuthRefresh.of({ ensureFresh, afterRefusal, refreshNow, current })
})

/** The layer of {@link make}. */
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
