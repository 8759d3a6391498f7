/**
 * `HealthStore` over `auth-health.json` (decisions D7, D12a). What is recorded is in force at once,
 * in memory; the file follows within 250 ms, merged with what other processes wrote. Health can be
 * learned again: a broken or unwritable file never stops a request.
 */
import type { BigIntStats } from "node:fs"
import * as fs from "node:fs/promises"
import * as path from "node:path"
import type { AgentId } from "@clawdbot/domain/Agent/AgentId"
import * as AgentRegistry from "@clawdbot/domain/Agent/AgentRegistry"
import * as BackgroundLoop from "@clawdbot/domain/Background/backgroundLoop"
import * as Config from "@clawdbot/domain/Config/Config"
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import * as ClockJump from "@clawdbot/domain/Health/clockJump"
import * as HealthDocument from "@clawdbot/domain/Health/HealthDocument"
import type { HealthEvent } from "@clawdbot/domain/Health/HealthEvent"
import * as HealthPolicy from "@clawdbot/domain/Health/HealthPolicy"
import { HealthStore, HealthUnavailable } from "@clawdbot/domain/Health/HealthStore"
import { merge } from "@clawdbot/domain/Health/mergeHealth"
import type { ProfileId } from "@clawdbot/domain/Profile/ProfileId"
import * as Json from "@clawdbot/json5-edit/Json"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as PubSub from "effect/PubSub"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { durableWrite, sweepTemporaries } from "../File/durableWrite.ts"
import { type FileFailure, isEncoding } from "../File/FileFailure.ts"
import * as FolderLock from "../File/FolderLock.ts"
import { maxBytes, readDocument } from "../File/readDocument.ts"

/** How long something recorded may be missing from the file. */
const flushAfter = Duration.millis(200)
/** The same for what every request says again: that the credential was used, and is still good. */
const lazyAfterMs = 5_000
const watchEvery = Duration.millis(500)
/** A file that cannot be written is tried again after twice the time, up to this. */
const longestPauseMs = 30_000

/** The parts of a document that are changed in place. */
interface Own {
  readonly profiles: Map<ProfileId, HealthDocument.ProfileHealth>
  readonly recent: Array<ProfileId>
}

/** What is known of one agent's health, and how far the file is behind. */
interface Shelf {
  readonly agent: AgentId
  readonly file: string
  document: HealthDocument.HealthDocument
  /** The document's map and its last changes, when they are this shelf's own to change. */
  own: Own | undefined
  stamp: string
  /** Since when the file is behind, in epoch ms; undefined when it is not. */
  dirtySince: number | undefined
  /** Whether what it lacks is more than such times. */
  urgent: boolean
  /** Writes that failed in a row, and when (epoch ms) the next is due. */
  failures: number
  retryAt: number
}

interface OnDisk {
  readonly stamp: string
  readonly document: HealthDocument.HealthDocument
}

const nothing: OnDisk = { stamp: "missing", document: HealthDocument.empty }

const stampFrom = (stat: BigIntStats): string => `${stat.ino} ${stat.size} ${stat.mtimeNs}`

const stampOf = async (file: string): Promise<string> => {
  const stat = await fs.stat(file, { bigint: true }).catch(() => undefined)
  return stat === undefined ? nothing.stamp : stampFrom(stat)
}

const putAside = (file: string): Effect.Effect<void> =>
  Effect.promise(async () => {
    const stat = await fs.stat(file).catch(() => undefined)
    await fs
      .rename(file, `${file}.corrupt-${Math.trunc(stat?.mtimeMs ?? 0)}`)
      .catch(() => undefined)
  })

/**
 * The file's content; what is broken is put aside and reads as nothing known, and what a clock
 * ahead of `now` noted likewise.
 */
const readDisk = (file: string, now: number): Effect.Effect<OnDisk> =>
  readDocument(file, maxBytes.records).pipe(
    Effect.flatMap(({ stat, text }) =>
      Effect.map(Json.parse(text), (value) => ({
        // From before the reading: what is written meanwhile is newer, never hidden by it.
        stamp: stampFrom(stat),
        document: ClockJump.forgetFuture(HealthDocument.decode(value), now)
      }))
    ),
    Effect.catchAll((failure) =>
      failure._tag === "FileFailure" && !isEncoding(failure.code)
        ? Effect.succeed(nothing)
        : Effect.as(putAside(file), nothing)
    )
  )

/**
 * Changes one profile's health in place. A copy of all profiles for each request would cost more
 * than everything else about it; whoever holds the document sees the change, and learns of it by
 * the version.
 */
const change = (shelf: Shelf, profile: ProfileId, health: HealthDocument.ProfileHealth): void => {
  const { document } = shelf
  const own: Own =
    shelf.own?.profiles === document.profiles
      ? shelf.own
      : { profiles: new Map(document.profiles), recent: [...document.recent] }
  own.profiles.set(profile, health)
  own.recent.push(profile)
  if (own.recent.length > 2 * HealthPolicy.recentCapacity)
    own.recent.splice(0, HealthPolicy.recentCapacity)
  shelf.own = own
  shelf.document = { version: document.version + 1, recent: own.recent, profiles: own.profiles }
}

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
    const published = yield* PubSub.sliding<AgentId>(256)
    const shelves = new Map<AgentId, Shelf>()
    const loading = yield* Effect.makeSemaphore(1)
    const flushing = yield* Effect.makeSemaphore(1)

    const open = (agent: AgentId): Effect.Effect<Shelf> =>
      Effect.gen(function* () {
        const before = shelves.get(agent)
        if (before !== undefined) return before
        const loaded = yield* Effect.option(configs.load)
        const registry = AgentRegistry.fromConfig(
          loaded._tag === "Some" ? loaded.value.config : Config.empty,
          paths
        )
        const file = AgentRegistry.healthPath(registry.get(agent))
        const shelf: Shelf = {
          agent,
          file,
          ...(yield* readDisk(file, clock.unsafeCurrentTimeMillis())),
          own: undefined,
          dirtySince: undefined,
          urgent: false,
          failures: 0,
          retryAt: 0
        }
        shelves.set(agent, shelf)
        return shelf
      }).pipe(loading.withPermits(1))

    const shelfOf = (agent: AgentId): Effect.Effect<Shelf> =>
      Effect.suspend(() => {
        const known = shelves.get(agent)
        return known === undefined ? open(agent) : Effect.succeed(known)
      })

    /**
     * What other processes wrote. Nothing is merged when they wrote nothing: the document still
     * names its last changes then.
     */
    const pickUp = (shelf: Shelf): Effect.Effect<void> =>
      Effect.gen(function* () {
        if ((yield* Effect.promise(() => stampOf(shelf.file))) === shelf.stamp) return
        const disk = yield* readDisk(shelf.file, clock.unsafeCurrentTimeMillis())
        shelf.document = merge(shelf.document, disk.document)
        shelf.stamp = disk.stamp
        yield* PubSub.publish(published, shelf.agent)
      })

    const write = (shelf: Shelf): Effect.Effect<void, FileFailure> =>
      Effect.scoped(
        Effect.gen(function* () {
          const lock = yield* FolderLock.hold(shelf.file)
          yield* sweepTemporaries(path.dirname(lock.target), lock.target)
          yield* pickUp(shelf)
          // From here on new records make the shelf dirty again; nothing recorded meanwhile is
          // taken for written.
          const { dirtySince, urgent } = shelf
          shelf.dirtySince = undefined
          shelf.urgent = false
          const text = `${JSON.stringify(HealthDocument.encode(shelf.document), null, 2)}\n`
          yield* durableWrite(shelf.file, text, { beforeRename: lock.stillMine }).pipe(
            Effect.onError(() =>
              Effect.sync(() => {
                shelf.dirtySince = dirtySince
                shelf.urgent = shelf.urgent || urgent
              })
            )
          )
          shelf.stamp = yield* Effect.promise(() => stampOf(shelf.file))
        })
      )

    /**
     * A refusal is told once, not with every try; the next success makes it worth telling again.
     */
    const put = (shelf: Shelf): Effect.Effect<void, FileFailure> =>
      write(shelf).pipe(
        Effect.tap(() =>
          Effect.sync(() => {
            shelf.failures = 0
            shelf.retryAt = 0
          })
        ),
        Effect.tapError((failure) =>
          Effect.flatMap(Clock.currentTimeMillis, (now) => {
            shelf.retryAt =
              now + Math.min(Duration.toMillis(flushAfter) * 2 ** shelf.failures, longestPauseMs)
            shelf.failures += 1
            return shelf.failures > 1
              ? Effect.void
              : Effect.logWarning("health file cannot be written; going on from memory").pipe(
                  Effect.annotateLogs({ agent: shelf.agent, error: failure.message })
                )
          })
        )
      )

    /** One agent's file that cannot be written does not keep another's from being written. */
    const flushWhere = (
      wanted: (shelf: Shelf) => boolean
    ): Effect.Effect<void, HealthUnavailable> =>
      Effect.suspend(() =>
        Effect.forEach(
          [...shelves.values()].filter((shelf) => shelf.dirtySince !== undefined && wanted(shelf)),
          (shelf) => Effect.either(put(shelf)),
          { concurrency: "unbounded" }
        )
      ).pipe(
        flushing.withPermits(1),
        Effect.flatMap(Effect.all),
        Effect.asVoid,
        Effect.mapError(unavailable)
      )

    const flush = flushWhere(() => true)

    const isDue = (shelf: Shelf, now: number): boolean =>
      now >= shelf.retryAt && (shelf.urgent || now - (shelf.dirtySince ?? now) >= lazyAfterMs)
    let latest = 0
    /**
     * After the clock was set back, nothing it noted before may stand in the way of what it notes
     * from now on.
     */
    const followClock = (now: number): void => {
      if (now + ClockJump.skewMs < latest) {
        for (const shelf of shelves.values()) {
          shelf.document = ClockJump.forgetFuture(shelf.document, now)
          shelf.retryAt = 0
          if (shelf.dirtySince !== undefined) shelf.dirtySince = now
          published.unsafeOffer(shelf.agent)
        }
        latest = now
      }
      latest = Math.max(latest, now)
    }
    const inBackground = Effect.flatMap(Clock.currentTimeMillis, (now) => {
      followClock(now)
      return Effect.ignore(flushWhere((shelf) => isDue(shelf, now)))
    })
    yield* Effect.addFinalizer(() => Effect.ignore(flush))
    yield* BackgroundLoop.start(
      { task: "writing health files", schedule: Schedule.spaced(flushAfter) },
      inBackground
    )
    if (watch) {
      yield* BackgroundLoop.start(
        { task: "watching health files", schedule: Schedule.spaced(watchEvery) },
        Effect.suspend(() =>
          Effect.forEach(
            [...shelves.values()],
            (shelf) => BackgroundLoop.surviving(`watching ${shelf.file}`, pickUp(shelf)),
            { discard: true }
          )
        )
      )
    }

    const recordIn = (shelf: Shelf, profile: ProfileId, mark: string, event: HealthEvent): void => {
      const before = shelf.document.profiles.get(profile)
      const after = HealthPolicy.next(shelf.document, profile, mark, event)
      change(shelf, profile, after)
      shelf.dirtySince = shelf.dirtySince ?? clock.unsafeCurrentTimeMillis()
      const isOnlyTimes =
        event._tag === "Used" ||
        (event._tag === "Succeeded" &&
          before !== undefined &&
          HealthPolicy.isSameButTimes(before, after))
      shelf.urgent = shelf.urgent || !isOnlyTimes
      published.unsafeOffer(shelf.agent)
    }

    // A gateway reads once and records twice for every request: an agent that is known costs
    // nothing but that.
    return HealthStore.of({
      read: (agent) =>
        Effect.flatMap(shelfOf(agent), (shelf) =>
          Effect.map(watch ? Effect.void : pickUp(shelf), () => shelf.document)
        ),
      record: (agent, profile, mark, event) =>
        Effect.map(shelfOf(agent), (shelf) => recordIn(shelf, profile, mark, event)),
      flush,
      changes: Stream.fromPubSub(published),
      ...(watch ? { peek: (agent: AgentId) => shelves.get(agent)?.document } : {}),
      note: (agent, profile, mark, event) => {
        const shelf = shelves.get(agent)
        if (shelf !== undefined) recordIn(shelf, profile, mark, event)
        return shelf !== undefined
      }
    })
  })

/**
 * For commands: looks at the file's stamp on every read. Everything is on disk when the layer is
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
