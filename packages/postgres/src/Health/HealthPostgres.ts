/**
 * `HealthStore` for all gateways of a store. What is recorded is in force at once, in memory; the
 * others know of a cooldown within milliseconds, and no request waits for the database. Health can
 * be learned again: while the database is away a gateway goes on with what it knows.
 */
import { randomUUID } from "node:crypto"
import * as BackgroundLoop from "@clawdbot/domain/Background/backgroundLoop"
import { HealthStore, HealthUnavailable } from "@clawdbot/domain/Health/HealthStore"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import { Database } from "../Database.ts"
import type { Keyring } from "../Keyring.ts"
import { Notices } from "../Notices.ts"
import { inRealTime } from "../realTime.ts"
import * as SharedHealth from "./SharedHealth.ts"
import * as SharedTrials from "./sharedTrials.ts"

/** What the others have to know waits this long, so that what happens at once is told at once. */
const newsAfter = "40 millis"
/** The same for what every request says again: that a credential was used, and is still good. */
const restEvery = "5 seconds"
/** At its end a program waits this long for the database to take what it knows. */
const lastFlush = "2 seconds"

const writing = (shared: SharedHealth.SharedHealth) =>
  Effect.gen(function* () {
    yield* Effect.addFinalizer(() =>
      shared.flush.pipe(Effect.ignore, Effect.disconnect, Effect.timeoutOption(lastFlush))
    )
    yield* BackgroundLoop.start(
      {
        task: "telling other gateways of cooldowns",
        every: 1,
        startsAtOnce: true
      },
      // What fails here is written with the rest.
      Queue.take(shared.news).pipe(
        Effect.zipRight(Effect.sleep(newsAfter)),
        Effect.zipRight(Effect.ignore(shared.flushNews))
      )
    )
    yield* BackgroundLoop.start({ task: "writing health", every: restEvery }, shared.flush)
  })

const watching = (shared: SharedHealth.SharedHealth) =>
  Effect.gen(function* () {
    const notices = yield* Notices
    notices.onConnect({ stage: "health", task: "exchanging health", run: shared.meet })
    notices.onLook({ task: "looking for changed health", run: shared.look })
    yield* BackgroundLoop.start(
      { task: "hearing of cooldowns", every: 1, startsAtOnce: true },
      Stream.runForEach(notices.heard(SharedHealth.noticeKind), shared.hear)
    )
  })

const make = (watches: boolean) =>
  Effect.gen(function* () {
    const { options } = yield* Database
    const shared = yield* SharedHealth.make(randomUUID())
    const trials = yield* SharedTrials.make(shared, watches)
    yield* inRealTime(writing(shared))
    if (watches) yield* inRealTime(watching(shared))
    return HealthStore.of({
      read: (agent) =>
        Effect.gen(function* () {
          const isKnown = shared.known(agent) !== undefined
          const health = yield* shared.load(agent, watches)
          if (!watches && isKnown) yield* shared.reload(health)
          return health.document
        }),
      current: (agent) => (watches ? shared.known(agent)?.document : undefined),
      record: (agent, profile, secretFingerprint, event) =>
        Effect.map(shared.load(agent, watches), (health) =>
          shared.record(health, profile, secretFingerprint, event)
        ),
      note: (agent, profile, secretFingerprint, event) => {
        const health = shared.known(agent)
        if (health !== undefined) shared.record(health, profile, secretFingerprint, event)
        return health !== undefined
      },
      beginTrial: trials.begin,
      flush: Effect.mapError(
        shared.flush,
        (error) =>
          new HealthUnavailable({
            path: `postgres:${options.schema}/health`,
            operation: "write",
            code: error._tag === "StoreKeyWrong" ? "DATABASE_KEY" : "DATABASE"
          })
      ),
      changes: Stream.fromPubSub(shared.published)
    })
  })

type Needs = Database | Keyring | Notices

/** For commands: looks at the database on every read. */
export const layer: Layer.Layer<HealthStore, never, Needs> = Layer.scoped(HealthStore, make(false))

/** For gateways: reads answer from memory, and what others wrote is known within a second. */
export const layerWatching: Layer.Layer<HealthStore, never, Needs> = Layer.scoped(
  HealthStore,
  make(true)
)
