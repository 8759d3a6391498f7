/**
 * How an answer, or the end of a login, reaches every store that holds the token, its health, and
 * Claude Code (decision D8a).
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type { HeldSharedLogin } from "../ClaudeCode/SharedLogin.ts"
import * as Credential from "../Profile/Credential.ts"
import { fingerprint } from "../Profile/Secret.ts"
import type { HeldStore } from "./HeldStores.ts"
import { isConsumed } from "./JournalEntry.ts"
import { holders, type Replaced, renewed, replaceHolders, withTokensOf } from "./loginHolders.ts"
import type { OAuthRefreshFailed, RefreshCause } from "./OAuthError.ts"
import {
  failure,
  type LockedRefresh,
  notStored,
  type Outcome,
  type RefreshPorts,
  replacedBy
} from "./refreshPorts.ts"
import { refreshFingerprint } from "./StoredLogin.ts"
import type { TokenGrant } from "./TokenEndpoint.ts"

/**
 * Writes an answer to every store that holds the token it was redeemed for. What cannot be written
 * now stays in the journal and in memory, and is tried again.
 */
export const applyGrant = (
  ports: RefreshPorts,
  at: LockedRefresh,
  answer: { readonly grant: TokenGrant; readonly at: number }
): Effect.Effect<void> =>
  Effect.gen(function* () {
    ports.unclaimed.set(at.fingerprint, { grant: answer.grant, at: answer.at })
    const complete = yield* replaceInStores(ports, at, (credential) =>
      renewed(credential, answer.grant, answer.at)
    )
    if (complete) {
      ports.unclaimed.delete(at.fingerprint)
      const successor =
        answer.grant.refresh === undefined ? at.fingerprint : fingerprint(answer.grant.refresh)
      yield* Effect.ignore(
        successor === at.fingerprint
          ? ports.journal.forget(at.fingerprint)
          : ports.journal.record(at.fingerprint, { _tag: "Settled", at: answer.at, successor })
      )
    }
    const after = at.held.flatMap(({ document }) => holders(document, at.fingerprint))[0]?.[1]
    if (Option.isSome(at.shared) && after !== undefined) {
      yield* writeBack(at.shared.value, at.fingerprint, renewed(after, answer.grant, answer.at))
    }
  }).pipe(Effect.uninterruptible)

/** Changes every holder of the token in every held store; tells whether all of it was written. */
export const replaceInStores = (
  ports: RefreshPorts,
  at: LockedRefresh,
  change: (credential: Credential.OAuth) => Credential.OAuth
) =>
  Effect.map(
    Effect.forEach(at.held, (store) =>
      Effect.gen(function* () {
        const { document, replaced } = replaceHolders(store.document, at.fingerprint, change)
        if (replaced.length === 0) return true
        const written = yield* Effect.either(store.write(document))
        if (Either.isLeft(written)) {
          yield* Effect.logWarning(
            "a refreshed login is not in its store yet; storing it will be retried"
          ).pipe(Effect.annotateLogs({ agent: store.agent, problem: written.left.message }))
          return false
        }
        yield* Effect.forEach(replaced, (one) => healthFollows(ports, store, one), {
          discard: true
        })
        return true
      })
    ),
    (all) => all.every((written) => written)
  )

const healthFollows = (
  ports: RefreshPorts,
  store: HeldStore,
  { after, before, profile }: Replaced
) =>
  Effect.flatMap(Clock.currentTimeMillis, (now) =>
    ports.healths.record(store.agent, profile, Credential.secretFingerprint(after), {
      _tag: "Renewed",
      at: now,
      previous: Credential.secretFingerprint(before)
    })
  )

/**
 * Claude Code gets the new tokens when its own were the ones redeemed. A failure is made good when
 * its login is next compared.
 */
export const writeBack = (
  shared: HeldSharedLogin,
  redeemed: string,
  after: Credential.OAuth
): Effect.Effect<void> =>
  Effect.gen(function* () {
    const theirs = Option.getOrUndefined(yield* shared.read)
    if (theirs?.type === "oauth" && refreshFingerprint(theirs) === redeemed)
      yield* shared.write(after)
  }).pipe(
    Effect.catchAll((problem) =>
      Effect.logWarning(
        "Claude Code's login could not be updated; the update will be retried"
      ).pipe(Effect.annotateLogs({ problem: problem.message }))
    )
  )

/**
 * The login is over: every profile with this token is told so. A login of Claude Code's own that is
 * not older is the second try.
 */
export const endLogin = (
  ports: RefreshPorts,
  at: LockedRefresh,
  stored: Credential.OAuth,
  cause: RefreshCause,
  detail: string
): Effect.Effect<Outcome, OAuthRefreshFailed> =>
  Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    const theirs = Option.isSome(at.shared)
      ? yield* Effect.orElseSucceed(at.shared.value.read, () => Option.none())
      : Option.none()
    if (Option.isSome(theirs) && theirs.value.type === "oauth" && theirs.value.expires > now) {
      const second = theirs.value
      const entry = yield* Effect.mapError(
        ports.journal.find(refreshFingerprint(second)),
        notStored(at.login)
      )
      if (refreshFingerprint(second) !== at.fingerprint && !Option.exists(entry, isConsumed)) {
        yield* replaceInStores(ports, at, (credential) => withTokensOf(credential, second))
        return replacedBy(withTokensOf(stored, second), at.demand, now)
      }
    }
    yield* Effect.forEach(
      at.held.flatMap((store) =>
        holders(store.document, at.fingerprint).map(([profile, credential]) => ({
          store,
          profile,
          credential
        }))
      ),
      ({ credential, profile, store }) =>
        ports.healths.record(store.agent, profile, Credential.secretFingerprint(credential), {
          _tag: "LoginEnded",
          at: now,
          cause
        }),
      { discard: true }
    )
    return yield* failure(at.login, cause, detail)
  })
