/**
 * What is done once all locks are held. What somebody else did meanwhile is taken over; what an
 * earlier process began is finished first; only then is the token redeemed.
 */

import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { compareLogin } from "../ClaudeCode/compareLogin.ts"
import type { HeldSharedLogin } from "../ClaudeCode/SharedLogin.ts"
import { ifDefined } from "../Document/defined.ts"
import * as Health from "../Health/HealthDocument.ts"
import * as Credential from "../Profile/Credential.ts"
import { applyGrant, endLogin, replaceInStores, writeBack } from "./applyGrant.ts"
import { exchangeRefreshToken } from "./exchangeRefreshToken.ts"
import { isUnwanted, isWithin, meets, minRefreshIntervalMs } from "./freshness.ts"
import { type JournalEntry, unreadAnswer } from "./JournalEntry.ts"
import type { CopyStatus } from "./LoginCopies.ts"
import { isAnotherAccount, renewed, withTokensOf } from "./loginHolders.ts"
import type { OAuthRefreshFailed } from "./OAuthError.ts"
import {
  failure,
  type LockedRefresh,
  notStored,
  type Outcome,
  type RefreshPorts,
  replacedBy
} from "./refreshPorts.ts"
import { refreshFingerprint, type StoredLogin } from "./StoredLogin.ts"
import { claudeCodeClientId, tokenUrl } from "./tokenUrl.ts"

/** Brings the login to a state that meets the demand, or says why that cannot be. */
export const refreshLocked = (
  ports: RefreshPorts,
  at: LockedRefresh
): Effect.Effect<Outcome, OAuthRefreshFailed> =>
  Effect.gen(function* () {
    const { demand, fingerprint, login } = at
    const now = yield* Clock.currentTimeMillis
    const entry = yield* known(ports, at)
    if (Option.isSome(entry) && entry.value._tag === "Answered")
      yield* applyGrant(ports, at, entry.value)

    const stored = at.held
      .find(({ agent }) => agent === login.owner)
      ?.document.profiles.get(login.profile)
    if (stored?.type !== "oauth")
      return yield* failure(login, "store", "the profile is no longer a stored login")
    // Somebody refreshed or signed in since: theirs is the login now.
    if (refreshFingerprint(stored) !== fingerprint) return replacedBy(stored, demand, now)
    if (Option.isSome(entry) && entry.value._tag === "Answered") {
      return replacedBy(renewed(stored, entry.value.grant, entry.value.at), demand, now)
    }
    if (Option.isSome(at.shared)) {
      const taken = yield* takeClaudeCodesLogin(ports, at, at.shared.value, stored)
      if (Option.isSome(taken)) return replacedBy(taken.value, demand, now)
    }
    if (at.copy._tag === "Superseded" || at.copy._tag === "Unclear")
      return yield* notTheNewest(at.login, at.copy)
    if (Option.isSome(entry) && (entry.value._tag === "Settled" || entry.value._tag === "Ended")) {
      return yield* usedUp(ports, at, stored, entry.value)
    }
    if (meets(stored, demand, now)) return { _tag: "Done", credential: stored }
    if (demand._tag === "Refused" && (yield* wasJustRefreshed(ports, at, stored, now)))
      return { _tag: "Recent", credential: stored }
    yield* mayBeAsked(ports, at, entry, now)
    return yield* renew(ports, at, stored, Option.getOrUndefined(entry))
  })

/**
 * An intent of somebody who may still have the answer is waited for: redeeming the token beside it
 * would be its second use, which ends the login.
 */
const mayBeAsked = (
  { journal }: RefreshPorts,
  { fingerprint, login }: LockedRefresh,
  entry: Option.Option<JournalEntry>,
  now: number
): Effect.Effect<void, OAuthRefreshFailed> =>
  Effect.gen(function* () {
    if (Option.isNone(entry) || entry.value._tag !== "Intent") return
    const retryAt = yield* Effect.mapError(journal.undecidedUntil(fingerprint), notStored(login))
    if (retryAt === undefined || retryAt <= now) return
    return yield* failure(
      login,
      "undecided",
      "another gateway asked for the next token and has not reported the response",
      { retryAt }
    )
  })

/** Whether the stored token came out of a refresh a moment ago, in whichever process. */
const wasJustRefreshed = (
  { healths }: RefreshPorts,
  { login }: LockedRefresh,
  stored: Credential.OAuth,
  now: number
): Effect.Effect<boolean> =>
  healths.read(login.owner).pipe(
    Effect.map((document) => {
      const currentFingerprint = Credential.secretFingerprint(stored)
      const { renewedAt = 0, secretFingerprint } = Health.of(
        document,
        login.profile,
        currentFingerprint
      )
      return (
        secretFingerprint === currentFingerprint && isWithin(renewedAt, minRefreshIntervalMs, now)
      )
    })
  )

/** Redeeming such a copy would end the login that is in use elsewhere (decision D36). */
const notTheNewest = (
  login: StoredLogin,
  copy: Extract<CopyStatus, { readonly _tag: "Superseded" | "Unclear" }>
) => {
  if (copy._tag === "Superseded")
    return failure(
      login,
      "superseded",
      `agent ${copy.by.owner} has a newer copy of this login as ${copy.by.profile}`,
      { newerIn: copy.by.owner }
    )
  return failure(
    login,
    "unclear",
    `agent ${copy.beside.owner} has a newer login under this name, and it is unknown ` +
      "whether both belong to one account",
    { newerIn: copy.beside.owner }
  )
}

/**
 * What is known of the token: an answer that no store took yet, else what the journal says. An
 * answer that could not be read when it came is looked at once more.
 */
const known = (ports: RefreshPorts, { fingerprint, login }: LockedRefresh) =>
  Effect.suspend(() => {
    const kept = ports.unclaimed.get(fingerprint)
    if (kept !== undefined) return Effect.succeedSome<JournalEntry>({ _tag: "Answered", ...kept })
    const found = Effect.mapError(ports.journal.find(fingerprint), notStored(login))
    return Effect.map(found, Option.map(readAgain(ports, login)))
  })

const readAgain =
  ({ endpoint }: RefreshPorts, { credential }: StoredLogin) =>
  (entry: JournalEntry): JournalEntry => {
    const unread = unreadAnswer(entry)
    const grant = ifDefined(unread, (unread) => Option.getOrUndefined(endpoint.reread(unread)))
    if (grant === undefined || isAnotherAccount(credential, grant)) return entry
    return { _tag: "Answered", at: entry.at, grant }
  }

/** Asks the provider; from the intent to the stores nothing interrupts. */
const renew = (
  ports: RefreshPorts,
  at: LockedRefresh,
  stored: Credential.OAuth,
  before: JournalEntry | undefined
) =>
  Effect.gen(function* () {
    if (Option.isSome(at.shared))
      yield* Effect.mapError(canWriteBack(at.shared.value, at.fingerprint), notStored(at.login))
    const { config } = yield* Effect.mapError(ports.configs.load, notStored(at.login))
    const url = yield* Either.mapLeft(tokenUrl(config, stored.provider), (problem) =>
      failure(at.login, "offline", problem)
    )
    const exchanged = yield* exchangeRefreshToken({
      endpoint: ports.endpoint,
      journal: ports.journal,
      credential: stored,
      fingerprint: at.fingerprint,
      clientId: stored.clientId ?? claudeCodeClientId,
      tokenUrl: url,
      before,
      mayAsk: at.mayAsk
    })
    switch (exchanged._tag) {
      case "Fenced": {
        const again: Outcome = { _tag: "Again", credential: stored }
        return again
      }
      case "Granted": {
        yield* applyGrant(ports, at, exchanged)
        const done: Outcome = {
          _tag: "Done",
          granted: true,
          credential: renewed(stored, exchanged.grant, exchanged.at)
        }
        return done
      }
      case "Failed":
        return yield* failure(at.login, exchanged.cause, exchanged.detail, {
          retryAt: exchanged.retryAt
        })
      case "Ended":
        return yield* endLogin(ports, at, stored, exchanged.cause, exchanged.detail)
    }
  }).pipe(Effect.uninterruptible)

/** A token that Claude Code holds too is only redeemed when it can be given the next one. */
const canWriteBack = (shared: HeldSharedLogin, fingerprint: string) =>
  Effect.flatMap(shared.read, (theirs) => {
    if (
      Option.exists(
        theirs,
        (login) => login.type === "oauth" && refreshFingerprint(login) === fingerprint
      )
    )
      return shared.canTake
    return Effect.void
  })

/**
 * Claude Code's copy of a shared login, where it is the newer one; where ours followed from its, it
 * gets ours.
 */
const takeClaudeCodesLogin = (
  ports: RefreshPorts,
  at: LockedRefresh,
  shared: HeldSharedLogin,
  stored: Credential.OAuth
) =>
  Effect.gen(function* () {
    const theirs = Option.getOrUndefined(yield* shared.read)
    if (theirs?.type !== "oauth") return Option.none<Credential.OAuth>()
    const decision = yield* compareLogin(ports.journal, stored, theirs)
    if (decision === "ours") yield* writeBack(shared, refreshFingerprint(theirs), stored)
    if (decision !== "theirs") return Option.none<Credential.OAuth>()
    yield* replaceInStores(ports, at, (credential) => withTokensOf(credential, theirs))
    return Option.some(withTokensOf(stored, theirs))
  }).pipe(Effect.mapError(notStored(at.login)), Effect.uninterruptible)

/**
 * A stored token that is known to be used up, and no store has its successor: the login is over
 * (decision D8).
 */
const usedUp = (
  ports: RefreshPorts,
  at: LockedRefresh,
  stored: Credential.OAuth,
  entry: Extract<JournalEntry, { readonly _tag: "Settled" | "Ended" }>
): Effect.Effect<Outcome, OAuthRefreshFailed> =>
  Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    // Its access token may outlive it; a request is served as long as that is good.
    if (
      !isUnwanted(stored, at.demand) &&
      !Credential.isBlank(stored.access) &&
      stored.expires > now
    ) {
      return { _tag: "Done", credential: stored }
    }
    return yield* entry._tag === "Ended"
      ? endLogin(ports, at, stored, entry.cause, entry.detail)
      : endLogin(
          ports,
          at,
          stored,
          "consumed",
          "the refresh token was already used, and no store has its successor"
        )
  })
