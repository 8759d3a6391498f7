/**
 * Keeps every stored login fresh while a long-lived program runs, whether or not requests use it: a
 * profile that rests after a limit must not come back with a dead token. Also finishes what an
 * earlier process began and could not store, and keeps a login that is shared with Claude Code in
 * step with it.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Schedule from "effect/Schedule"
import * as AgentRegistry from "../Agent/AgentRegistry.ts"
import * as BackgroundLoop from "../Background/backgroundLoop.ts"
import { reconcileLogin } from "../ClaudeCode/reconcileLogin.ts"
import type { SharedLogin } from "../ClaudeCode/SharedLogin.ts"
import { ConfigStore } from "../Config/ConfigStore.ts"
import { StatePaths } from "../Environment/StatePaths.ts"
import * as Health from "../Health/HealthDocument.ts"
import { HealthStore } from "../Health/HealthStore.ts"
import * as Credential from "../Profile/Credential.ts"
import type { KeptAside } from "../Profile/KeptAside.ts"
import * as ProfileId from "../Profile/ProfileId.ts"
import { ProfileStore } from "../Profile/ProfileStore.ts"
import { OAuthRefresh } from "./OAuthRefresh.ts"
import { RefreshJournal } from "./RefreshJournal.ts"
import { makeReader } from "./readLoginCopies.ts"
import { StoreReturns } from "./StoreReturns.ts"
import { tokenUrl } from "./tokenUrl.ts"

/**
 * How often all logins are looked at; well inside the 90 s in which a refresh is due but nobody has
 * to wait for it.
 */
const lookEvery = Duration.seconds(30)

/** Keeps logins fresh until the scope closes. */
export const start = Effect.gen(function* () {
  const configs = yield* ConfigStore
  const survive = BackgroundLoop.makeSurvive()
  const healths = yield* HealthStore
  const journal = yield* RefreshJournal
  const paths = yield* StatePaths
  const profiles = yield* ProfileStore
  const refresh = yield* OAuthRefresh
  const read = makeReader(journal)
  const context = yield* Effect.context<KeptAside | ProfileStore | RefreshJournal | SharedLogin>()

  /** The logins of all agents that can be refreshed at all, each with its copies elsewhere. */
  const logins = Effect.gen(function* () {
    const { config } = yield* configs.load
    const { agents } = AgentRegistry.fromConfig(config, paths)
    // A store that cannot be read is told about where it is used; the others' logins go on.
    const snapshots = yield* Effect.forEach(agents, ({ id }) => Effect.option(profiles.read(id)))
    const copies = yield* read(snapshots.flatMap(Option.toArray))
    return yield* Effect.filter(copies.copies, ({ credential, owner, profile }) => {
      if (credential.disabled === true || Either.isLeft(tokenUrl(config, credential.provider)))
        return Effect.succeed(false)
      return healths.read(owner).pipe(
        Effect.map((health) =>
          Health.of(health, profile, Credential.secretFingerprint(credential))
        ),
        Effect.map(({ needsLogin }) => needsLogin === undefined)
      )
    }).pipe(
      Effect.map((found) => found.map((login) => ({ login, status: copies.statusOf(login) })))
    )
  })

  const look = Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    const ending = (yield* logins).filter(
      ({ login, status }) => status._tag === "Newest" && refresh.current(login, now) === undefined
    )
    yield* Effect.forEach(
      ending,
      ({ login }) =>
        survive(`refreshing ${login.profile}`, Effect.ignore(refresh.ensureFresh(login))),
      { concurrency: 4, discard: true }
    )
  }).pipe(Effect.ignore)

  /** Before the refreshes: what Claude Code renewed need not be renewed again. */
  const step = Effect.gen(function* () {
    const { config } = yield* configs.load
    for (const { id } of AgentRegistry.fromConfig(config, paths).agents) {
      yield* Effect.matchEffect(reconcileLogin(id), {
        onFailure: (problem) =>
          Effect.logDebug("the login could not be compared with Claude Code's").pipe(
            Effect.annotateLogs({ agent: id, problem: problem.message })
          ),
        onSuccess: (outcome) => {
          if (outcome === "replaced")
            return Effect.logInfo(
              "Claude Code's login took the place of another credential, which is kept aside"
            ).pipe(Effect.annotateLogs({ agent: id, profile: ProfileId.claudeCode }))
          return Effect.void
        }
      })
    }
  }).pipe(Effect.ignore, Effect.provide(context))

  let finished = false
  const finish = Effect.gen(function* () {
    if (finished) return
    const unfinished = new Set(yield* journal.unfinished)
    const begun =
      unfinished.size === 0
        ? []
        : (yield* logins).filter(({ login }) => unfinished.has(login.fingerprint))
    yield* Effect.forEach(begun, ({ login }) => Effect.option(refresh.refreshNow(login)), {
      discard: true
    })
    finished = true
  }).pipe(Effect.ignore)

  // Each on its own: one that fails keeps the others from nothing.
  const steps = Effect.all(
    [
      survive("finishing the refreshes of an earlier run", finish),
      survive("following Claude Code's login", step),
      survive("refreshing logins", look)
    ],
    { discard: true }
  )
  yield* BackgroundLoop.start(
    {
      task: "keeping logins fresh",
      schedule: Schedule.jitteredWith(Schedule.spaced(lookEvery), { min: 0.7, max: 1 }),
      startsAtOnce: true
    },
    steps
  )

  const returned = yield* Queue.sliding<void>(1)
  const { onReturn } = yield* StoreReturns
  onReturn(Effect.asVoid(Queue.offer(returned, undefined)))
  yield* BackgroundLoop.start(
    {
      task: "refreshing logins after an outage of the store",
      every: 1,
      startsAtOnce: true
    },
    Effect.zipRight(Queue.take(returned), look)
  )
})

/** The keeper as a layer of its own, for programs that stay. */
export const layer: Layer.Layer<
  never,
  never,
  | ConfigStore
  | HealthStore
  | KeptAside
  | OAuthRefresh
  | ProfileStore
  | RefreshJournal
  | SharedLogin
  | StatePaths
> = Layer.scopedDiscard(start)
