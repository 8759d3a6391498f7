/**
 * `ResourcePins` for all gateways of a store: what one of them notes is in the database before the
 * client has its id, and another one that does not know an id looks there. Neither waits for long:
 * without the database each gateway knows its own pins, and stores them when it is there again.
 */
import type { AgentId } from "@clawdbot/domain/Agent/AgentId"
import {
  isBrief,
  maxPerGroup,
  type Pin,
  PinTable,
  ResourcePins
} from "@clawdbot/domain/Auth/ResourcePins"
import * as BackgroundLoop from "@clawdbot/domain/Background/backgroundLoop"
import { storeUnsaved } from "@clawdbot/domain/Metric/processMetrics"
import { pinDigest } from "@clawdbot/node/Auth/pinDigest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberId from "effect/FiberId"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Queue from "effect/Queue"
import type { Database, DatabaseError } from "../Database.ts"
import { isOutage, isRefusal } from "../databaseCode.ts"
import { inRealTime, wallNow } from "../realTime.ts"
import * as PinRows from "./PinRows.ts"

/** An answer, and a request about an unknown id, wait so long for the database. */
const longestWait = "250 millis"
/** After a database that did not respond in time nothing waits for it for so long, in ms. */
const awayMs = 1_000
/** So long it is remembered that nobody has noted an id, in ms. */
const missedMs = 30_000
/** How many such ids, and how many pins that are not stored yet, are remembered at most. */
const maxMissed = 10_000
const maxWaiting = 3 * maxPerGroup
/** So many pins are stored by one statement. */
const maxBatch = 1_000
/** How often what could not be stored is tried again. */
const retryEvery = "1 second"
/** How often it is stored which pins are in use, and how often old ones are removed. */
const renewEvery = "10 minutes"
const pruneEvery = "6 hours"
/** At its end a gateway waits so long for the database to take its pins. */
const lastWrite = "2 seconds"

const keyOf = (agent: AgentId, id: string): string => `${agent}\n${id}`

/** The first entries go until there are no more than so many. */
const trim = (map: Map<string, unknown>, size: number): void => {
  for (const first of map.keys()) {
    if (map.size <= size) return
    map.delete(first)
  }
}

const isAway = (error: DatabaseError): boolean =>
  error._tag === "DatabaseUnavailable" && isOutage(error.code)

const isRefused = (error: DatabaseError): boolean =>
  error._tag === "DatabaseUnavailable" && isRefusal(error.code)

const newBatch = () => Deferred.unsafeMake<void>(FiberId.none)

const make = Effect.gen(function* () {
  const rows = yield* PinRows.make
  const table = new PinTable(pinDigest())
  const waiting = new Map<string, Pin>()
  const missed = new Map<string, number>()
  const used = new Map<string, PinRows.PinKey>()
  const news = yield* Queue.sliding<void>(1)
  const writing = yield* Effect.makeSemaphore(1)
  let awayUntil = 0
  /** Done when the pins that wait now are stored, or cannot be. */
  let batch = newBatch()

  const isThere = (): boolean => wallNow() >= awayUntil
  const away = Effect.sync(() => {
    awayUntil = wallNow() + awayMs
  })

  /** What takes longer is let go on, and nothing else waits meanwhile. */
  const bounded = <A>(effect: Effect.Effect<A>, otherwise: A): Effect.Effect<A> =>
    effect.pipe(
      Effect.disconnect,
      Effect.timeoutTo({
        duration: longestWait,
        onSuccess: (found) => Effect.succeed(found),
        onTimeout: () => Effect.as(away, otherwise)
      }),
      Effect.flatten,
      inRealTime
    )

  /** Stores pins; one that the database takes in no way is left out, and does not stop others. */
  const writePart = (part: ReadonlyArray<Pin>): Effect.Effect<void, DatabaseError> =>
    Effect.catchIf(rows.write(part), isRefused, (refusal) => {
      if (part.length > 1) return Effect.forEach(part, (pin) => writePart([pin]), { discard: true })
      return Effect.annotateLogs(Effect.logWarning("a pin cannot be stored"), {
        error: refusal.message
      })
    })

  const putBack = (pins: Iterable<Pin>) =>
    Effect.sync(() => {
      awayUntil = wallNow() + awayMs
      for (const pin of pins) {
        const key = keyOf(pin.agent, pin.id)
        // What was noted since then is newer.
        if (!waiting.has(key)) waiting.set(key, pin)
      }
      trim(waiting, maxWaiting)
    })

  const measure = Effect.suspend(() => Metric.set(storeUnsaved.metrics.pins, waiting.size))

  const write = Effect.gen(function* () {
    while (waiting.size > 0) {
      const stored = batch
      batch = newBatch()
      const left = [...waiting.values()]
      waiting.clear()
      yield* Effect.gen(function* () {
        while (left.length > 0) {
          yield* writePart(left.slice(0, maxBatch))
          left.splice(0, maxBatch)
        }
      }).pipe(
        Effect.onError(() => putBack(left)),
        Effect.ensuring(measure),
        Effect.ensuring(Effect.sync(() => Deferred.unsafeDone(stored, Exit.void)))
      )
    }
  }).pipe(writing.withPermits(1))

  /** That the database is away is known; whatever else it says is logged, and tried again. */
  const logged = <A>(effect: Effect.Effect<A, DatabaseError>) =>
    Effect.catchIf(effect, isAway, () => Effect.void)

  const renew = Effect.suspend(() => {
    if (used.size === 0) return Effect.void
    const some = [...used.values()]
    used.clear()
    return rows.renew(some)
  })

  yield* Effect.addFinalizer(() =>
    inRealTime(write.pipe(Effect.ignore, Effect.disconnect, Effect.timeoutOption(lastWrite)))
  )
  yield* Effect.all(
    [
      BackgroundLoop.start(
        { task: "storing pins", every: 1, startsAtOnce: true },
        Effect.zipRight(Queue.take(news), logged(write))
      ),
      BackgroundLoop.start(
        { task: "storing pins again", every: retryEvery },
        Effect.suspend(() => (waiting.size === 0 ? Effect.void : logged(write)))
      ),
      BackgroundLoop.start(
        { task: "keeping pins that are in use", every: renewEvery },
        logged(renew)
      ),
      BackgroundLoop.start(
        { task: "removing old pins", every: pruneEvery, startsAtOnce: true },
        logged(rows.prune)
      )
    ],
    { discard: true }
  ).pipe(inRealTime)

  const read = (agent: AgentId, ids: ReadonlyArray<string>) =>
    Effect.match(rows.read(agent, ids), {
      onFailure: () => {
        awayUntil = wallNow() + awayMs
        return false
      },
      onSuccess: (found) => {
        for (const pin of found) table.note(pin, 0)
        const known = new Set(found.map(({ id }) => id))
        for (const id of ids) if (!known.has(id)) missed.set(keyOf(agent, id), wallNow() + missedMs)
        trim(missed, maxMissed)
        return found.length > 0
      }
    })

  return ResourcePins.of({
    find: (agent, id) => {
      const profile = table.find(agent, id)
      if (profile !== undefined && used.size < maxWaiting) used.set(keyOf(agent, id), { agent, id })
      return profile
    },
    findBrief: (kind, agent, id, now) => table.findBrief(kind, agent, id, now),
    note: (pin, now) => {
      const isNews = !isBrief(pin.kind) && table.find(pin.agent, pin.id) !== pin.profile
      table.note(pin, now)
      if (!isNews || !PinRows.isStorable(pin)) return undefined
      const key = keyOf(pin.agent, pin.id)
      waiting.delete(key)
      waiting.set(key, pin)
      trim(waiting, maxWaiting)
      Queue.unsafeOffer(news, undefined)
      if (!isThere()) return undefined
      return bounded(Deferred.await(batch), undefined)
    },
    isEmpty: () => table.size === 0,
    isShared: true,
    look: (agent, ids) =>
      Effect.suspend(() => {
        const now = wallNow()
        const asked = ids.filter((id) => (missed.get(keyOf(agent, id)) ?? 0) <= now)
        if (asked.length === 0 || !isThere()) return Effect.succeed(false)
        return bounded(read(agent, asked), false)
      })
  })
})

/** The pins of a store. */
export const layer: Layer.Layer<ResourcePins, never, Database> = Layer.scoped(ResourcePins, make)
