/**
 * `ProfileStore` over `auth-profiles.json` (docs/formats.md; decisions D6–D8). Reads
 * answer from memory while the file has not changed; every change is read–change–write under the
 * lock that the reference program takes as well.
 */
import type { AgentId } from "@clawdbot/domain/Agent/AgentId"
import * as AgentRegistry from "@clawdbot/domain/Agent/AgentRegistry"
import * as BackgroundLoop from "@clawdbot/domain/Background/backgroundLoop"
import * as Config from "@clawdbot/domain/Config/Config"
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import type { ProfileDocument } from "@clawdbot/domain/Profile/ProfileDocument"
import type { ProfileStoreError } from "@clawdbot/domain/Profile/ProfileError"
import {
  type ProfileChange,
  type ProfileSnapshot,
  ProfileStore
} from "@clawdbot/domain/Profile/ProfileStore"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as PubSub from "effect/PubSub"
import * as Stream from "effect/Stream"
import * as Disk from "../File/Disk.ts"
import * as FolderLock from "../File/FolderLock.ts"
import { PosixFiles } from "../File/PosixFiles.ts"
import { type FileVersion, type StoreContent, versionOf } from "./readStore.ts"
import * as StoreAccess from "./storeAccess.ts"

/** How often a watching layer looks at the files (decision D26b: live within a second). */
const watchEvery = Duration.millis(500)

/** A file that could not be used, and the error it gives until it changes. */
interface Refusal {
  readonly version: FileVersion
  readonly error: ProfileStoreError
}

const make = (options: { readonly watch: boolean; readonly times: FolderLock.FolderLockTimes }) =>
  Effect.gen(function* () {
    const configs = yield* ConfigStore
    const paths = yield* StatePaths
    const onDisk = yield* Disk.provider
    const published = yield* PubSub.sliding<AgentId>(256)
    const known = new Map<string, StoreContent>()
    const refused = new Map<string, Refusal>()
    const watched = new Map<string, StoreAccess.StoreLocation>()

    // Commands load the config before anything else and stop when it is broken; should a store be
    // asked for all the same, the standard folders are the only ones that can be meant.
    const places = new WeakMap<Config.Config, Map<AgentId, StoreAccess.StoreLocation>>()
    /** Where an agent's store is by a config; worked out once for each config object. */
    const placeIn = (config: Config.Config, agent: AgentId): StoreAccess.StoreLocation => {
      const known = places.get(config) ?? new Map<AgentId, StoreAccess.StoreLocation>()
      places.set(config, known)
      const found = known.get(agent)
      if (found !== undefined) return found
      const registry = AgentRegistry.fromConfig(config, paths)
      const entry = registry.get(agent)
      const place: StoreAccess.StoreLocation = {
        agent,
        folder: entry.dir,
        file: AgentRegistry.storePath(entry),
        oauthDir: registry.defaultAgent === agent ? paths.oauthDir : undefined
      }
      known.set(agent, place)
      return place
    }

    const placeOf = (agent: AgentId): Effect.Effect<StoreAccess.StoreLocation> =>
      Effect.match(configs.load, {
        onFailure: () => placeIn(Config.empty, agent),
        onSuccess: ({ config }) => placeIn(config, agent)
      })

    const remember = (
      place: StoreAccess.StoreLocation,
      content: StoreContent
    ): Effect.Effect<void> =>
      Effect.suspend(() => {
        const before = known.get(place.file)?.version ?? refused.get(place.file)?.version
        known.set(place.file, content)
        refused.delete(place.file)
        if (before === undefined || before === content.version) return Effect.void
        return Effect.asVoid(PubSub.publish(published, place.agent))
      })

    const access = StoreAccess.make(options.times, {
      recall: (file) => known.get(file),
      remember,
      stateDir: paths.stateDir
    })

    const refresh = (
      place: StoreAccess.StoreLocation
    ): Effect.Effect<StoreContent, ProfileStoreError, Disk.Disk> =>
      Effect.gen(function* () {
        const { file } = place
        watched.set(file, place)
        // Before reading: an error must not be pinned to a content that came after the one it is
        // about.
        const version = yield* versionOf(file)
        const before = known.get(file)
        const content = yield* Effect.tapError(access.load(place), (error) =>
          Effect.sync(() => {
            if (error._tag === "StoreCorrupt" || error._tag === "StoreTooNew")
              refused.set(file, { version, error })
          })
        )
        const now = known.get(file)
        // A change that was made meanwhile is newer than what was read.
        if (now !== undefined && now !== before && now.version !== content.version) return now
        yield* remember(place, content)
        return content
      })

    const current = (
      place: StoreAccess.StoreLocation
    ): Effect.Effect<StoreContent, ProfileStoreError, Disk.Disk> =>
      Effect.gen(function* () {
        const cached = known.get(place.file)
        if (options.watch) {
          if (cached !== undefined) return cached
          const refusal = refused.get(place.file)
          return yield* refusal === undefined ? refresh(place) : Effect.fail(refusal.error)
        }
        if (cached !== undefined && cached.version === (yield* versionOf(place.file))) return cached
        return yield* refresh(place)
      })

    const snapshots = new WeakMap<StoreContent, ProfileSnapshot>()
    const snapshotOf = (
      place: StoreAccess.StoreLocation,
      content: StoreContent
    ): ProfileSnapshot => {
      const found = snapshots.get(content)
      if (found !== undefined) return found
      const snapshot: ProfileSnapshot = {
        agent: place.agent,
        path: place.file,
        document: content.document,
        exists: content.text !== undefined,
        writtenAt: Number(content.modified / 1_000_000n),
        notices: content.notices
      }
      snapshots.set(content, snapshot)
      return snapshot
    }

    if (options.watch) {
      const told = new Map<string, string>()
      const survive = BackgroundLoop.makeSurvive()
      const look = (place: StoreAccess.StoreLocation) =>
        Effect.gen(function* () {
          const isAbsent = known.get(place.file)?.text === undefined && known.has(place.file)
          // Agents without a store are many, and their files are asked for in the cheapest way.
          if (isAbsent && !(yield* (yield* PosixFiles).existsNow(place.file))) return
          const version = yield* versionOf(place.file)
          if (refused.get(place.file)?.version === version) return
          if (known.get(place.file)?.version !== version) yield* refresh(place)
          told.delete(place.file)
        }).pipe(
          // The last good content stays in force, and the same trouble is told once, not twice a
          // second.
          Effect.catchAll((error) => {
            if (told.get(place.file) === error.message) return Effect.void
            told.set(place.file, error.message)
            return Effect.logWarning("profile store cannot be read").pipe(
              Effect.annotateLogs({ agent: place.agent, error: error.message })
            )
          })
        )
      yield* BackgroundLoop.start(
        { task: "watching the profile stores", every: watchEvery },
        Effect.suspend(() =>
          Effect.forEach(
            [...watched.values()],
            (place) => survive(`watching ${place.file}`, look(place)),
            { discard: true }
          )
        )
      )
    }

    /** A gateway asks this for every request: what is known is answered at once. */
    const watchedNow = (agent: AgentId): ProfileSnapshot | undefined => {
      const config = configs.current()
      if (config === undefined) return undefined
      const place = placeIn(config.config, agent)
      const content = known.get(place.file)
      if (content === undefined) return undefined
      return snapshotOf(place, content)
    }

    return ProfileStore.of({
      read: (agent) =>
        Effect.flatMap(placeOf(agent), (place) =>
          Effect.map(onDisk(current(place)), (content) => snapshotOf(place, content))
        ),
      current: options.watch ? watchedNow : () => undefined,
      modify: <A, E>(
        agent: AgentId,
        change: (document: ProfileDocument) => Either.Either<ProfileChange<A>, E>
      ) =>
        Effect.gen(function* () {
          const place = yield* placeOf(agent)
          // Whatever waits to be taken over must be there before the first change, or the change
          // would look like a store of its own. A store that was refused is looked at again: a
          // person may just have repaired it.
          yield* refused.has(place.file) ? refresh(place) : current(place)
          return yield* access.change(place, (content) => change(content.document))
        }).pipe(onDisk),
      changes: Stream.fromPubSub(published)
    })
  })

/** For commands: looks at the file's version on every read. */
export const forCommands = make({ watch: false, times: FolderLock.standardTimes })

/** The layer of {@link forCommands}. */
export const layer: Layer.Layer<ProfileStore, never, ConfigStore | StatePaths | Disk.Disk> =
  Layer.scoped(ProfileStore, forCommands)

/** For the gateway: reads answer from memory, and a change of the files is live within a second. */
export const watching = make({ watch: true, times: FolderLock.standardTimes })

/** The layer of {@link watching}. */
export const layerWatching: Layer.Layer<ProfileStore, never, ConfigStore | StatePaths | Disk.Disk> =
  Layer.scoped(ProfileStore, watching)

/** The same with other lock times, for tests of waiting. */
export const layerWith = (
  times: FolderLock.FolderLockTimes
): Layer.Layer<ProfileStore, never, ConfigStore | StatePaths | Disk.Disk> =>
  Layer.scoped(ProfileStore, make({ watch: false, times }))
