/**
 * `HealthStore` over `auth-health.json` (decisions D7, D12a). What is recorded is in force at once, in memory; the file follows within
 * 250 ms, merged with what other processes wrote. Health can be learned again: a broken or unwritable file never stops a request.
 */
import * as fs from "node:fs/promises"
import type { AgentId } from "@clawdbot/domain/Agent/AgentId"
import * as AgentRegistry from "@clawdbot/domain/Agent/AgentRegistry"
import * as Config from "@clawdbot/domain/Config/Config"
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import * as HealthDocument from "@clawdbot/domain/Health/HealthDocument"
import type { HealthEvent } from "@clawdbot/domain/Health/HealthEvent"
import * as HealthPolicy from "@clawdbot/domain/Health/HealthPolicy"
import { HealthStore, HealthUnavailable } from "@clawdbot/domain/Health/HealthStore"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as PubSub from "effect/PubSub"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { durableWrite, sweepTemporaries } from "../File/durableWrite.ts"
import type { FileFailure } from "../File/FileFailure.ts"
import * as FolderLock from "../File/FolderLock.ts"

/** How long something recorded may be missing from the file. */
const flushAfter = Duration.millis(200)
/** The same for a mere "was used", which every request records. */
const lazyAfterMs = 5_000
const watchEvery = Duration.millis(500)

/** What is known of one agent's health, and how far the file is behind. */
interface Shelf {
  readonly file: string
  readonly folder: string
  document: HealthDocument.HealthDocument
  stamp: string
  /** Since when the file is behind, in epoch ms; undefined when it is not. */
  dirtySince: number | undefined
  /** Whether what it lacks is more than a "was used". */
  urgent: boolean
}

interface OnDisk {
  readonly stamp: string
  readonly document: HealthDocument.HealthDocument
}

const nothing: OnDisk = { stamp: "missing", document: HealthDocument.empty }

const stampOf = async (file: string): Promise<string> => {
  const stat = await fs.stat(file, { bigint: true }).catch(() => undefined)
  return stat === undefined ? nothing.stamp : `${stat.ino} ${stat.size} ${stat.mtimeNs}`
}

/** The file's content; what cannot be read is put aside and reads as nothing known. */
const readDisk = (file: string): Effect.Effect<OnDisk> =>
  Effect.promise(async () => {
    const text = await fs.readFile(file, "utf8").catch(() => undefined)
    if (text === undefined) return nothing
    try {
      return { stamp: await stampOf(file), document: HealthDocument.decode(JSON.parse(text)) }
    } catch {
      const stat = await fs.stat(file).catch(() => undefined)
      await fs.rename(file, `${file}.corrupt-${Math.trunc(stat?.mtimeMs ?? 0)}`).catch(() => undefined)
      return nothing
    }
  })

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
    const published = yield* PubSub.sliding<AgentId>(256)
    const shelves = new Map<AgentId, Shelf>()
    const loading = yield* Effect.makeSemaphore(1)
    const flushing = yield* Effect.makeSemaphore(1)

    const open = (agent: AgentId): Effect.Effect<Shelf> =>
      Effect.gen(function* () {
        const before = shelves.get(agent)
        if (before !== undefined) return before
        const loaded = yield* Effect.option(configs.load)
        const registry = AgentRegistry.fromConfig(loaded._tag === "Some" ? loaded.value.config : Config.empty, paths)
        const entry = registry.get(agent)
        const file = AgentRegistry.healthPath(entry)
        const shelf: Shelf = {
          file,
          folder: entry.dir,
          ...(yield* readDisk(file)),
          dirtySince: undefined,
          urgent: false
        }
        shelves.set(agent, shelf)
        return shelf
      }).pipe(loading.withPermits(1))

    const shelfOf = (agent: AgentId): Effect.Effect<Shelf> =>
      Effect.suspend(() => {
        const known = shelves.get(agent)
        return known === undefined ? open(agent) : Effect.succeed(known)
      })

    const pickUp = (agent: AgentId, shelf: Shelf): Effect.Effect<void> =>
      Effect.gen(function* () {
        const stamp = yield* Effect.promise(() => stampOf(shelf.file))
        if (stamp === shelf.stamp) return
        const disk = yield* readDisk(shelf.file)
        shelf.document = HealthPolicy.merge(shelf.document, disk.document)
        shelf.stamp = disk.stamp
        yield* PubSub.publish(published, agent)
      })

    const write = (shelf: Shelf): Effect.Effect<void, FileFailure> =>
      Effect.scoped(
        Effect.gen(function* () {
          const lock = yield* FolderLock.hold(shelf.file)
          yield* sweepTemporaries(shelf.folder)
          const disk = yield* readDisk(shelf.file)
          // From here on new records make the shelf dirty again; nothing recorded meanwhile is taken for written.
          shelf.document = HealthPolicy.merge(shelf.document, disk.document)
          const { dirtySince, urgent } = shelf
          shelf.dirtySince = undefined
          shelf.urgent = false
          const text = `${JSON.stringify(HealthDocument.encode(shelf.document), null, 2)}\n`
          yield* durableWrite(shelf.file, text, { beforeRename: lock.stillMine }).pipe(
            Effect.onError(() =>
              Effect.sync(() => {
                shelf.dirtySince = dirtySince
                shelf.urgent = urgent
              })
            )
          )
          shelf.stamp = yield* Effect.promise(() => stampOf(shelf.file))
        })
      )

    const flushWhere = (wanted: (shelf: Shelf) => boolean): Effect.Effect<void, HealthUnavailable> =>
      Effect.suspend(() =>
        Effect.forEach(
          [...shelves.values()].filter((shelf) => shelf.dirtySince !== undefined && wanted(shelf)),
          write,
          {
            discard: true
          }
        )
      ).pipe(flushing.withPermits(1), Effect.mapError(unavailable))

    const flush = flushWhere(() => true)

    // A refusal is told once, not five times a second; the next success makes it worth telling again.
    let told = false
    const inBackground = Effect.flatMap(Clock.currentTimeMillis, (now) =>
      flushWhere((shelf) => shelf.urgent || now - (shelf.dirtySince ?? now) >= lazyAfterMs)
    ).pipe(
      Effect.exit,
      Effect.flatMap((exit) => {
        if (Exit.isSuccess(exit)) {
          told = false
          return Effect.void
        }
        if (told) return Effect.void
        told = true
        return Effect.logWarning("health file cannot be written; going on from memory")
      })
    )
    yield* Effect.addFinalizer(() => Effect.ignore(flush))
    yield* Effect.forkScoped(Effect.schedule(inBackground, Schedule.spaced(flushAfter)))
    if (watch) {
      yield* Effect.forkScoped(
        Effect.schedule(
          Effect.suspend(() =>
            Effect.forEach([...shelves], ([agent, shelf]) => pickUp(agent, shelf), { discard: true })
          ),
          Schedule.spaced(watchEvery)
        )
      )
    }

    return HealthStore.of({
      read: (agent) =>
        Effect.gen(function* () {
          const shelf = yield* shelfOf(agent)
          if (!watch) yield* pickUp(agent, shelf)
          return shelf.document
        }),
      record: (agent, profile, mark, event: HealthEvent) =>
        Effect.gen(function* () {
          const shelf = yield* shelfOf(agent)
          const now = yield* Clock.currentTimeMillis
          shelf.document = HealthPolicy.record(shelf.document, profile, mark, event)
          shelf.dirtySince = shelf.dirtySince ?? now
          shelf.urgent = shelf.urgent || event._tag !== "Used"
          yield* PubSub.publish(published, agent)
        }),
      flush,
      changes: Stream.fromPubSub(published)
    })
  })

/** For commands: looks at the file's stamp on every read. Everything is on disk when the layer is closed. */
export const layer: Layer.Layer<HealthStore, never, ConfigStore | StatePaths> = Layer.scoped(HealthStore, make(false))

/** For the gateway: reads answer from memory, and what other processes wrote is known within a second. */
export const layerWatching: Layer.Layer<HealthStore, never, ConfigStore | StatePaths> = Layer.scoped(
  HealthStore,
  make(true)
)
