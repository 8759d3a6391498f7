/**
 * Notices changes of config files, whoever made them: in place, by rename, behind a symlink, on any
 * file system.
 */
import * as BackgroundLoop from "@clawdbot/domain/Background/backgroundLoop"
import { type ConfigInvalid, ConfigUnavailable } from "@clawdbot/domain/Config/ConfigError"
import type { ConfigSnapshot } from "@clawdbot/domain/Config/ConfigStore"
import * as FileVersion from "@clawdbot/domain/Document/fileVersion"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as PubSub from "effect/PubSub"
import * as Ref from "effect/Ref"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { PosixFiles } from "../File/PosixFiles.ts"
import { watchedVersion } from "../File/watchedVersion.ts"

/** A state of the config, good or bad. */
export type State = Either.Either<ConfigSnapshot, ConfigInvalid | ConfigUnavailable>

/** Reads the config and says which files it looked at, missing ones included. */
export type Read = Effect.Effect<{ readonly result: State; readonly looked: ReadonlySet<string> }>

/** A running watch. */
export interface ConfigWatch {
  /** The last valid config, when there was one. */
  readonly lastGood: () => ConfigSnapshot | undefined
  /** Looks now instead of at the next turn. */
  readonly look: Effect.Effect<void>
  readonly changes: Stream.Stream<State>
  /** The same, listening from this moment on. */
  readonly subscribe: Effect.Effect<Stream.Stream<State>, never, Scope.Scope>
}

/**
 * How often the files are looked at, and how long a change must rest before it is read: a file may
 * be written in pieces.
 */
const interval = "200 millis"
const settling = "40 millis"

const versionOf = (file: string): Effect.Effect<string, never, PosixFiles> =>
  watchedVersion(file, FileVersion.missing, FileVersion.fileVersion)

const versionsOf = (files: ReadonlySet<string>): Effect.Effect<string, never, PosixFiles> =>
  Effect.map(Effect.forEach([...files], versionOf), (versions) => versions.join("\n"))

/** Versions are taken before the reading, so that a write during it is seen at the next look. */
const readVersioned = (file: string, read: Read, files: ReadonlySet<string>) =>
  Effect.gen(function* () {
    const before = yield* versionsOf(files)
    const version = yield* versionOf(file)
    const { looked, result: state } = yield* read
    const result: State = Either.map(state, (snapshot) => ({ ...snapshot, version }))
    const same = looked.size === files.size && [...looked].every((file) => files.has(file))
    return { result, looked, versions: same ? before : yield* versionsOf(looked) }
  })

/** A file that was there and is gone is a fault, not an empty config (decision D20). */
const notVanished = (known: ConfigSnapshot | undefined, state: State): State => {
  if (known?.exists === true && Either.isRight(state) && !state.right.exists)
    return Either.left(
      new ConfigUnavailable({ path: known.path, operation: "read", code: "ENOENT" })
    )
  return state
}

/** Starts to watch; ends with the scope. */
export const make = (
  file: string,
  read: Read
): Effect.Effect<ConfigWatch, never, Scope.Scope | PosixFiles> =>
  Effect.gen(function* () {
    const posix = yield* PosixFiles
    const published = yield* PubSub.sliding<State>(64)
    const first = yield* readVersioned(file, read, new Set([file]))
    const seen = yield* Ref.make<{
      readonly looked: ReadonlySet<string>
      readonly versions: string
    }>(first)
    let good = Either.getOrUndefined(first.result)
    const permit = yield* Effect.makeSemaphore(1)

    const settle = (
      versions: string,
      looked: ReadonlySet<string>,
      left: number
    ): Effect.Effect<void, never, PosixFiles> =>
      Effect.gen(function* () {
        yield* Effect.sleep(settling)
        const now = yield* versionsOf(looked)
        if (now !== versions && left > 0) yield* settle(now, looked, left - 1)
      })

    const lookAfter = (wait: boolean) =>
      Effect.gen(function* () {
        const { looked, versions } = yield* Ref.get(seen)
        const now = yield* versionsOf(looked)
        if (now === versions) return
        if (wait) yield* settle(now, looked, 5)
        const next = yield* readVersioned(file, read, looked)
        yield* Ref.set(seen, next)
        const state = notVanished(good, next.result)
        if (Either.isRight(state)) good = state.right
        yield* PubSub.publish(published, state)
      }).pipe(permit.withPermits(1))

    yield* BackgroundLoop.start(
      {
        task: "watching the config",
        every: interval,
        startsAtOnce: true
      },
      lookAfter(true)
    )
    return {
      lastGood: () => good,
      look: Effect.provideService(lookAfter(false), PosixFiles, posix),
      changes: Stream.fromPubSub(published),
      subscribe: Stream.fromPubSub(published, { scoped: true })
    }
  })
