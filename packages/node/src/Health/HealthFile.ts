/**
 * `HealthStore` over `auth-health.json` (decisions D7, D12a). What is recorded is in force at once,
 * in memory; the file follows within 250 ms, merged with what other processes wrote. Health can be
 * learned again: a broken or unwritable file never stops a request.
 */

import type { AgentId } from "@clawdbot/domain/Agent/AgentId"
import * as AgentRegistry from "@clawdbot/domain/Agent/AgentRegistry"
import * as BackgroundLoop from "@clawdbot/domain/Background/backgroundLoop"
import * as Config from "@clawdbot/domain/Config/Config"
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import * as ClockJump from "@clawdbot/domain/Health/clockJump"
import { decideTrial, restarted } from "@clawdbot/domain/Health/decideTrial"
import type { HealthEvent } from "@clawdbot/domain/Health/HealthEvent"
import {
  HealthStore,
  HealthUnavailable,
  type TrialRequest,
  type TrialStart
} from "@clawdbot/domain/Health/HealthStore"
import * as Trial from "@clawdbot/domain/Health/Trial"
import type { ProfileId } from "@clawdbot/domain/Profile/ProfileId"
import { skewMs } from "@clawdbot/domain/Time/skew"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as PubSub from "effect/PubSub"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import type { FileFailure } from "../File/FileFailure.ts"
import * as AgentHealth from "./AgentHealth.ts"
import * as LastTrial from "./lastTrial.ts"

/** How long something recorded may be missing from the file. */
const flushAfter = Duration.millis(200)
/** The same for what every request says again: that the credential was used, and is still good. */
const lazyAfterMs = 5_000
const watchEvery = Duration.millis(500)
/** A file that cannot be written is tried again after twice the time, up to this. */
const maxPauseMs = 30_000

/** How long a trial waits for its health file; a slow disk must not hold the last request up. */
const trialPatience = Duration.seconds(2)

const unavailable = (failure: FileFailure): HealthUnavailable =>
  new HealthUnavailable({
    path: failure.path,
    operation: failure.operation === "list" ? "read" : failure.operation,
    code: failure.code
  })

const make = (watch: boolean) =>
  Effect.gen(function* () {
    const configs = yield* ConfigStore
    const paths = yield* StatePaths
    const clock = yield* Effect.clock
    const now = () => clock.unsafeCurrentTimeMillis()
    const published = yield* PubSub.sliding<AgentId>(256)
    const agents = new Map<AgentId, AgentHealth.AgentHealth>()
    const loading = yield* Effect.makeSemaphore(1)
    const flushing = yield* Effect.makeSemaphore(1)
    const deciding = yield* Effect.makeSemaphore(1)
    const lastTrial = LastTrial.make(paths.stateDir)
    let lastTrialAt = Number.NEGATIVE_INFINITY

    const load = (agent: AgentId): Effect.Effect<AgentHealth.AgentHealth> =>
      Effect.gen(function* () {
        const before = agents.get(agent)
        if (before !== undefined) return before
        const loaded = yield* Effect.option(configs.load)
        const registry = AgentRegistry.fromConfig(
          loaded._tag === "Some" ? loaded.value.config : Config.empty,
          paths
        )
        const file = AgentRegistry.healthPath(registry.get(agent))
        const health = yield* AgentHealth.load(agent, file, now())
        if (watch) health.document = restarted(health.document, now())
        agents.set(agent, health)
        return health
      }).pipe(loading.withPermits(1))

    const healthOf = (agent: AgentId): Effect.Effect<AgentHealth.AgentHealth> =>
      Effect.suspend(() => {
        const known = agents.get(agent)
        if (known === undefined) return load(agent)
        return Effect.succeed(known)
      })

    const pickUp = (health: AgentHealth.AgentHealth): Effect.Effect<void> =>
      Effect.flatMap(AgentHealth.pickUp(health, now()), (isNew) =>
        isNew ? PubSub.publish(published, health.agent) : Effect.void
      )

    /**
     * A refusal is logged once, not with every try; the next success makes it worth logging again.
     */
    const write = (
      health: AgentHealth.AgentHealth,
      locked: Effect.Effect<void> = Effect.void
    ): Effect.Effect<void, FileFailure> =>
      AgentHealth.write(health, Effect.zipRight(pickUp(health), locked)).pipe(
        Effect.tap(() =>
          Effect.sync(() => {
            health.failures = 0
            health.retryAt = 0
          })
        ),
        Effect.tapError((failure) =>
          Effect.suspend(() => {
            health.retryAt =
              now() + Math.min(Duration.toMillis(flushAfter) * 2 ** health.failures, maxPauseMs)
            health.failures += 1
            if (health.failures > 1) return Effect.void
            return Effect.logWarning("health file cannot be written; going on from memory").pipe(
              Effect.annotateLogs({ agent: health.agent, error: failure.message })
            )
          })
        )
      )

    /** One agent's file that cannot be written does not keep another's from being written. */
    const flushWhere = (
      wanted: (health: AgentHealth.AgentHealth) => boolean
    ): Effect.Effect<void, HealthUnavailable> =>
      Effect.suspend(() =>
        Effect.forEach(
          [...agents.values()].filter(
            (health) => health.dirtySince !== undefined && wanted(health)
          ),
          (health) => Effect.either(write(health)),
          { concurrency: "unbounded" }
        )
      ).pipe(
        flushing.withPermits(1),
        Effect.flatMap(Effect.all),
        Effect.asVoid,
        Effect.mapError(unavailable)
      )

    const flush = flushWhere(() => true)

    const isDue = (health: AgentHealth.AgentHealth, at: number): boolean =>
      at >= health.retryAt && (health.urgent || at - (health.dirtySince ?? at) >= lazyAfterMs)
    let latest = 0
    /**
     * After the clock was set back, nothing it noted before may stand in the way of what it notes
     * from now on.
     */
    const followClock = (at: number): void => {
      if (at + skewMs < latest) {
        for (const health of agents.values()) {
          health.document = ClockJump.forgetFuture(health.document, at)
          health.retryAt = 0
          if (health.dirtySince !== undefined) health.dirtySince = at
          published.unsafeOffer(health.agent)
        }
        latest = at
      }
      latest = Math.max(latest, at)
    }
    const inBackground = Effect.flatMap(Clock.currentTimeMillis, (at) => {
      followClock(at)
      return Effect.ignore(flushWhere((health) => isDue(health, at)))
    })
    yield* Effect.addFinalizer(() => Effect.ignore(flush))
    yield* BackgroundLoop.start(
      { task: "writing health files", schedule: Schedule.spaced(flushAfter) },
      inBackground
    )
    if (watch) {
      const survive = BackgroundLoop.makeSurvive()
      yield* BackgroundLoop.start(
        { task: "watching health files", schedule: Schedule.spaced(watchEvery) },
        Effect.suspend(() =>
          Effect.forEach(
            [...agents.values()],
            (health) => survive(`watching ${health.file}`, pickUp(health)),
            { discard: true }
          )
        )
      )
    }

    const record = (
      health: AgentHealth.AgentHealth,
      profile: ProfileId,
      secretFingerprint: string,
      event: HealthEvent
    ): void => {
      AgentHealth.record(health, profile, secretFingerprint, event, now())
      published.unsafeOffer(health.agent)
    }

    /** The decision by what this process knows; a trial that may begin is in force at once. */
    const decide = (health: AgentHealth.AgentHealth, request: TrialRequest): TrialStart => {
      const start = decideTrial(health.document, request, lastTrialAt, now())
      if (start._tag === "NotDue") return start
      const { kind, profile, secretFingerprint } = request
      lastTrialAt = start.trial.at
      record(health, profile, secretFingerprint, { _tag: "TrialBegun", ...start.trial, kind })
      return start
    }

    const busy = (): TrialStart => ({ _tag: "NotDue", retryAt: now() + Trial.spacingMs })

    /** The same for all processes of the state folder, while none of the others can decide. */
    const decideForAll = (health: AgentHealth.AgentHealth, request: TrialRequest) =>
      Effect.gen(function* () {
        const at = yield* lastTrial.read
        // What was written before the clock was set back says nothing.
        if (at <= now()) lastTrialAt = Math.max(at, lastTrialAt)
        let decided: TrialStart | undefined
        const locked = Effect.sync(() => {
          decided = decide(health, request)
        })
        yield* Effect.ignore(write(health, locked)).pipe(
          Effect.disconnect,
          Effect.timeoutOption(trialPatience)
        )
        // Where the file cannot be written, what is known in memory has to do.
        const start = decided ?? decide(health, request)
        if (start._tag === "Begun") {
          // The request goes out now, and the next one of any process a second later.
          lastTrialAt = now()
          yield* lastTrial.write(lastTrialAt)
        }
        return start
      })

    const beginTrial = (request: TrialRequest): Effect.Effect<TrialStart> =>
      Effect.gen(function* () {
        const health = yield* healthOf(request.agent)
        // Nearly always what this process knows is enough to say no.
        const first = decideTrial(health.document, request, lastTrialAt, now())
        if (first._tag === "NotDue") return first
        return yield* Effect.scoped(
          Effect.flatMap(Effect.either(lastTrial.hold), (held) => {
            if (Either.isRight(held)) return decideForAll(health, request)
            return Effect.sync(() =>
              held.left.code === "ETIMEDOUT" ? busy() : decide(health, request)
            )
          })
        ).pipe(deciding.withPermitsIfAvailable(1), Effect.map(Option.getOrElse(busy)))
      })

    // A gateway reads once and records twice for every request: an agent that is known costs
    // nothing but that.
    return HealthStore.of({
      read: (agent) =>
        Effect.flatMap(healthOf(agent), (health) =>
          Effect.map(watch ? Effect.void : pickUp(health), () => health.document)
        ),
      record: (agent, profile, secretFingerprint, event) =>
        Effect.map(healthOf(agent), (health) => record(health, profile, secretFingerprint, event)),
      beginTrial,
      flush,
      changes: Stream.fromPubSub(published),
      current: (agent) => (watch ? agents.get(agent)?.document : undefined),
      note: (agent, profile, secretFingerprint, event) => {
        const health = agents.get(agent)
        if (health !== undefined) record(health, profile, secretFingerprint, event)
        return health !== undefined
      }
    })
  })

/**
 * For commands: looks at the file's version on every read. Everything is on disk when the layer is
 * closed.
 */
export const layer: Layer.Layer<HealthStore, never, ConfigStore | StatePaths> = Layer.scoped(
  HealthStore,
  make(false)
)

/**
 * For the gateway: reads answer from memory, and what other processes wrote is known within a
 * second.
 */
export const layerWatching: Layer.Layer<HealthStore, never, ConfigStore | StatePaths> =
  Layer.scoped(HealthStore, make(true))
