/**
 * `ProfileStore` over `auth-profiles.json` (design.md, "Where state lives"; decisions D6–D8). Reads answer from memory while the file has not
 * changed; every change is read–change–write under the lock that the reference program takes as well.
 */

import type { AgentId } from "@clawdbot/domain/Agent/AgentId"
import * as AgentRegistry from "@clawdbot/domain/Agent/AgentRegistry"
import * as Config from "@clawdbot/domain/Config/Config"
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import * as ProfileDocument from "@clawdbot/domain/Profile/ProfileDocument"
import { type ProfileStoreError, StoreLocked, StoreUnavailable } from "@clawdbot/domain/Profile/ProfileError"
import { type ProfileChange, type ProfileSnapshot, ProfileStore } from "@clawdbot/domain/Profile/ProfileStore"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as PubSub from "effect/PubSub"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { durableWrite, sweepTemporaries } from "../File/durableWrite.ts"
import type { FileFailure } from "../File/FileFailure.ts"
import * as FolderLock from "../File/FolderLock.ts"
import * as Generations from "./generations.ts"
import * as LegacyFiles from "./legacyFiles.ts"
import { readOnce, recover, type StoreContent, stampOf } from "./readStore.ts"

/** How often a watching layer looks at the files (decision D26b: live within a second). */
const watchEvery = Duration.millis(500)

interface Place {
  readonly agent: AgentId
  readonly folder: string
  readonly file: string
  /** Set for the default agent, the only one that takes over `oauth.json`. */
  readonly oauthDir: string | undefined
}

const toStoreError =
  (file: string, patienceMs: number) =>
  (failure: FileFailure): ProfileStoreError =>
    failure.operation === "lock" && failure.code === "ETIMEDOUT"
      ? new StoreLocked({ path: file, lockPath: `${file}.lock`, waitedMs: patienceMs })
      : new StoreUnavailable({ path: file, operation: failure.operation, code: failure.code })

const render = (document: ProfileDocument.ProfileDocument): string =>
  `${JSON.stringify(Redacted.value(ProfileDocument.encode(document)), null, 2)}\n`

const make = (options: { readonly watch: boolean; readonly times: FolderLock.FolderLockTimes }) =>
  Effect.gen(function* () {
    const configs = yield* ConfigStore
    const paths = yield* StatePaths
    const published = yield* PubSub.sliding<AgentId>(256)
    const known = new Map<string, StoreContent>()
    const permits = new Map<string, Effect.Semaphore>()
    const watched = new Map<string, Place>()
    const failed = toStoreErrorFor(options.times.patienceMs)

    // Commands load the config before anything else and stop when it is broken; should a store be asked for all the same, the standard
    // folders are the only ones that can be meant.
    const placeOf = (agent: AgentId): Effect.Effect<Place> =>
      Effect.map(Effect.option(configs.load), (loaded) => {
        const registry = AgentRegistry.fromConfig(loaded._tag === "Some" ? loaded.value.config : Config.empty, paths)
        const entry = registry.get(agent)
        return {
          agent,
          folder: entry.dir,
          file: AgentRegistry.storePath(entry),
          oauthDir: registry.defaultAgent === agent ? paths.oauthDir : undefined
        }
      })

    const permitOf = (file: string): Effect.Semaphore => {
      const found = permits.get(file) ?? Effect.unsafeMakeSemaphore(1)
      permits.set(file, found)
      return found
    }

    const remember = (place: Place, content: StoreContent) =>
      Effect.suspend(() => {
        const before = known.get(place.file)
        known.set(place.file, content)
        watched.set(place.file, place)
        return before !== undefined && before.stamp !== content.stamp
          ? Effect.asVoid(PubSub.publish(published, place.agent))
          : Effect.void
      })

    /** The lock, the newest content under it, and a change; `undefined` leaves the file alone. */
    const locked = <A, E>(
      place: Place,
      change: (content: StoreContent) => Either.Either<ProfileChange<A>, E>
    ): Effect.Effect<A, E | ProfileStoreError> =>
      Effect.scoped(
        Effect.gen(function* () {
          const lock = yield* Effect.mapError(FolderLock.hold(place.file, options.times), failed(place.file))
          const content = yield* Effect.catchTag(readOnce(place.file), "StoreCorrupt", (broken) =>
            recover(place.file, broken)
          )
          const { document, result } = yield* change(content)
          if (document === undefined) {
            yield* remember(place, content)
            return result
          }
          const text = render(document)
          if (text !== content.text || content.restored) {
            yield* Effect.gen(function* () {
              yield* sweepTemporaries(place.folder)
              if (content.text !== undefined && !content.restored) yield* Generations.keep(place.file, content.text)
              yield* durableWrite(place.file, text, { beforeRename: lock.stillMine })
            }).pipe(Effect.mapError(failed(place.file)))
          }
          yield* remember(place, {
            stamp: yield* stampOf(place.file),
            text,
            document,
            restored: false,
            notices: []
          })
          return result
        })
      ).pipe(permitOf(place.file).withPermits(1))

    /** Takes over what older versions left, under the lock; what is in the store already wins. */
    const importLegacy = (place: Place): Effect.Effect<ReadonlyArray<string>, ProfileStoreError> =>
      Effect.gen(function* () {
        const sources = yield* LegacyFiles.find(place.folder, place.oauthDir)
        const notices: Array<string> = []
        for (const source of sources) {
          const taken = yield* locked(place, ({ document }) => {
            const fresh = [...source.profiles].filter(([id]) => !document.profiles.has(id))
            const next = fresh.reduce((all, [id, credential]) => ProfileDocument.set(all, id, credential), document)
            return Either.right({ document: fresh.length > 0 ? next : undefined, result: fresh.map(([id]) => id) })
          })
          const stored = yield* readOnce(place.file)
          if (!taken.every((id) => stored.document.profiles.has(id))) continue
          yield* Effect.mapError(source.finish, failed(place.file))
          if (taken.length > 0) notices.push(`took over ${taken.join(", ")} from ${source.file}`)
        }
        return notices
      })

    const load = (place: Place): Effect.Effect<StoreContent, ProfileStoreError> =>
      Effect.gen(function* () {
        const first = yield* Effect.either(readOnce(place.file))
        // The reference writes in place: what looks broken may be half of a write. Under its lock it is whole.
        const content = Either.isRight(first)
          ? first.right
          : first.left._tag === "StoreCorrupt"
            ? yield* readUnderLock(place)
            : yield* first.left
        if (content.document.profiles.size > 0 || content.restored) return content
        if (!(yield* LegacyFiles.mayExist(place.folder, place.oauthDir))) return content
        const notices = yield* importLegacy(place)
        const imported = yield* readOnce(place.file)
        return { ...imported, notices: [...imported.notices, ...notices] }
      })

    const readUnderLock = (place: Place): Effect.Effect<StoreContent, ProfileStoreError> =>
      locked(place, (content) => Either.right({ document: undefined, result: content }))

    const current = (place: Place): Effect.Effect<StoreContent, ProfileStoreError> =>
      Effect.gen(function* () {
        const cached = known.get(place.file)
        if (cached !== undefined) {
          if (options.watch) return cached
          if (cached.stamp === (yield* stampOf(place.file))) return cached
        }
        const content = yield* load(place)
        yield* remember(place, content)
        return content
      })

    const snapshots = new WeakMap<StoreContent, ProfileSnapshot>()
    const snapshotOf = (place: Place, content: StoreContent): ProfileSnapshot => {
      const found = snapshots.get(content)
      if (found !== undefined) return found
      const snapshot: ProfileSnapshot = {
        agent: place.agent,
        path: place.file,
        document: content.document,
        exists: content.text !== undefined,
        notices: content.notices
      }
      snapshots.set(content, snapshot)
      return snapshot
    }

    if (options.watch) {
      const look = (place: Place) =>
        Effect.gen(function* () {
          const stamp = yield* stampOf(place.file)
          if (known.get(place.file)?.stamp !== stamp)
            yield* Effect.flatMap(load(place), (content) => remember(place, content))
        }).pipe(
          // The last good content stays in force; the file is looked at again in half a second.
          Effect.catchAll((error) =>
            Effect.logWarning("profile store cannot be read").pipe(Effect.annotateLogs({ error: error.message }))
          )
        )
      yield* Effect.forkScoped(
        Effect.schedule(
          Effect.suspend(() => Effect.forEach([...watched.values()], look, { discard: true })),
          Schedule.spaced(watchEvery)
        )
      )
    }

    return ProfileStore.of({
      read: (agent) =>
        Effect.flatMap(placeOf(agent), (place) => Effect.map(current(place), (content) => snapshotOf(place, content))),
      modify: <A, E>(
        agent: AgentId,
        change: (document: ProfileDocument.ProfileDocument) => Either.Either<ProfileChange<A>, E>
      ) =>
        Effect.gen(function* () {
          const place = yield* placeOf(agent)
          // Whatever waits to be taken over must be there before the first change, or the change would look like a store of its own.
          yield* current(place)
          return yield* locked(place, (content) => change(content.document))
        }),
      changes: Stream.fromPubSub(published)
    })
  })

const toStoreErrorFor = (patienceMs: number) => (file: string) => toStoreError(file, patienceMs)

/** For commands: looks at the file's stamp on every read. */
export const layer: Layer.Layer<ProfileStore, never, ConfigStore | StatePaths> = Layer.scoped(
  ProfileStore,
  make({ watch: false, times: FolderLock.standardTimes })
)

/** For the gateway: reads answer from memory, and a change of the files is live within a second. */
export const layerWatching: Layer.Layer<ProfileStore, never, ConfigStore | StatePaths> = Layer.scoped(
  ProfileStore,
  make({ watch: true, times: FolderLock.standardTimes })
)

/** The same with other lock times, for tests of waiting. */
export const layerWith = (
  times: FolderLock.FolderLockTimes
): Layer.Layer<ProfileStore, never, ConfigStore | StatePaths> =>
  Layer.scoped(ProfileStore, make({ watch: false, times }))
