/**
 * `ConfigStore` over the person's file. Reading never writes. A write happens under a lock of a
 * moment, on the newest text, with the old one kept as a backup; a file that somebody else changed
 * meanwhile is read again and the edit made anew.
 */
import { prepare } from "@clawdbot/domain/Config/ConfigChange"
import {
  type ConfigEditRefused,
  type ConfigInvalid,
  ConfigUnavailable
} from "@clawdbot/domain/Config/ConfigError"
import * as ConfigLoad from "@clawdbot/domain/Config/ConfigLoad"
import {
  type ConfigEdit,
  type ConfigEditReport,
  type ConfigSnapshot,
  ConfigStore
} from "@clawdbot/domain/Config/ConfigStore"
import { Environment, trustedValues } from "@clawdbot/domain/Environment/Environment"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as SdkProfiles from "../Environment/sdkProfiles.ts"
import * as Disk from "../File/Disk.ts"
import { durableWrite } from "../File/durableWrite.ts"
import { FileFailure } from "../File/FileFailure.ts"
import * as FolderLock from "../File/FolderLock.ts"
import { maxBytes } from "../File/readDocument.ts"
import * as Backups from "./backups.ts"
import * as ConfigWatch from "./ConfigWatch.ts"
import * as ConfigText from "./configText.ts"

/**
 * An edit takes milliseconds, so a lock that stands still for ten seconds has lost its holder.
 * Times in ms.
 */
const lockTimes: FolderLock.FolderLockTimes = {
  staleMs: 10_000,
  heartbeatMs: 1_000,
  maxWaitMs: 60_000
}

/** How often an edit is made anew because somebody else wrote meanwhile. */
const maxRedos = 50

/** Not a failure of the file system: the text is not the one the edit was made on. */
const changedMeanwhile = "CHANGED_MEANWHILE"

const caseInsensitive = process.platform === "darwin" || process.platform === "win32"

type Change<E> = (snapshot: ConfigSnapshot) => Either.Either<ReadonlyArray<ConfigEdit>, E>

const unavailable = ({ code, operation, path }: FileFailure) =>
  new ConfigUnavailable({ path, operation: operation === "list" ? "read" : operation, code })

/** Reading, with the files that were looked at, and editing. */
const makeCore = Effect.gen(function* () {
  const paths = yield* StatePaths
  const environment = yield* Environment
  const onDisk = yield* Disk.provider
  const file = paths.configPath
  const permit = yield* Effect.makeSemaphore(1)
  const readMain = onDisk(ConfigText.readMain(file))
  const readSdkProfiles = Effect.flatMap(environment.base, (base) =>
    onDisk(SdkProfiles.read(trustedValues(base), paths.home))
  )

  const inputFor = (text: string | undefined, looked?: Set<string>): ConfigLoad.LoadInput => ({
    paths,
    text,
    readFile: (included) => {
      looked?.add(included)
      return onDisk(ConfigText.read(included))
    },
    environment,
    caseInsensitive
  })

  /**
   * What the last text meant. The environment stays what it is, so the same text says the same
   * again, unless it includes other files.
   */
  let last:
    | {
        readonly text: Redacted.Redacted<string | undefined>
        readonly sdk: SdkProfiles.Found
        readonly meant: Effect.Effect.Success<ConfigWatch.Read>
      }
    | undefined

  const read: ConfigWatch.Read = Effect.gen(function* () {
    const looked = new Set([file])
    const text = yield* Effect.either(readMain)
    if (Either.isLeft(text)) return { result: Either.left(text.left), looked }
    const sdk = yield* readSdkProfiles
    const isSame =
      last !== undefined &&
      Redacted.value(last.text) === text.right &&
      SdkProfiles.equals(last.sdk, sdk)
    if (last !== undefined && isSame) return last.meant
    const input = { ...inputFor(text.right, looked), sdkProfiles: sdk.profiles }
    const result = yield* Effect.either(ConfigLoad.load(input))
    const isAlone = looked.size === 1
    const meant = {
      result: Either.map(result, ({ snapshot }) => snapshot),
      looked: new Set([...looked, ...sdk.files])
    }
    last = isAlone ? { text: Redacted.make(text.right), sdk, meant } : undefined
    return meant
  })

  const load: Effect.Effect<ConfigSnapshot, ConfigInvalid | ConfigUnavailable> = Effect.flatMap(
    read,
    ({ result }) => result
  )

  const write = (
    before: string | undefined,
    after: string,
    lock: FolderLock.HeldLock
  ): Effect.Effect<void, FileFailure> => {
    const unchanged = Effect.flatMap(
      Effect.mapError(
        readMain,
        () => new FileFailure({ path: file, operation: "read", code: changedMeanwhile })
      ),
      (now) => {
        if (now === before) return Effect.void
        return Effect.fail(
          new FileFailure({ path: file, operation: "write", code: changedMeanwhile })
        )
      }
    )
    return Effect.gen(function* () {
      yield* unchanged
      if (before !== undefined) yield* Backups.rotate(file, before)
      yield* durableWrite(file, after, {
        mode: 0o600,
        maxBytes: maxBytes.settings,
        beforeRename: Effect.zipRight(unchanged, lock.stillMine)
      })
    }).pipe(onDisk)
  }

  const once = <E>(change: Change<E>, lock: FolderLock.HeldLock | undefined) =>
    Effect.gen(function* () {
      const text = yield* readMain
      const { before, after, changed } = yield* prepare(inputFor(text), change)
      if (changed && lock !== undefined) yield* write(text, after, lock)
      return { path: file, changed, before: Redacted.make(before), after: Redacted.make(after) }
    })

  const edit = <E>(change: Change<E>, options: { readonly dryRun?: boolean } = {}) => {
    const told = <E1>(error: E1 | FileFailure): E1 | ConfigUnavailable => {
      if (error instanceof FileFailure) return unavailable(error)
      return error
    }
    if (options.dryRun === true) return Effect.mapError(once(change, undefined), told)
    const redo = (
      left: number
    ): Effect.Effect<ConfigEditReport, E | ConfigInvalid | ConfigEditRefused | ConfigUnavailable> =>
      FolderLock.hold(file, lockTimes).pipe(
        onDisk,
        Effect.flatMap((lock) => once(change, lock)),
        Effect.scoped,
        Effect.catchIf(
          (error) => error instanceof FileFailure && error.code === changedMeanwhile && left > 0,
          () => redo(left - 1)
        ),
        Effect.mapError(told)
      )
    // A login shell may take seconds; it is asked before the lock is taken, and its answer is kept.
    return Effect.ignore(load).pipe(Effect.zipRight(redo(maxRedos)), permit.withPermits(1))
  }

  return { load, edit, watch: onDisk(ConfigWatch.make(file, read)) }
})

/** Reads the file anew for every `load`; `changes` looks at it only while somebody listens. */
export const make = Effect.map(makeCore, ({ load, edit, watch }) =>
  ConfigStore.of({
    load,
    edit: Effect.fn("ConfigFile.edit")(edit),
    current: () => undefined,
    changes: Stream.unwrapScoped(Effect.flatMap(watch, ({ subscribe }) => subscribe))
  })
)

/** The layer of {@link make}. */
export const layer: Layer.Layer<ConfigStore, never, StatePaths | Environment | Disk.Disk> =
  Layer.effect(ConfigStore, make)

/**
 * Looks at the main file and everything it includes for as long as the layer lives: a valid change
 * is live within a second, an invalid one is told on `changes` while `load` keeps answering with
 * the last good config.
 */
export const watching = Effect.gen(function* () {
  const core = yield* makeCore
  const { edit, load } = core
  const watch = yield* core.watch
  return ConfigStore.of({
    load: Effect.suspend(() => {
      const known = watch.lastGood()
      if (known === undefined) return load
      return Effect.succeed(known)
    }),
    edit: Effect.fn("ConfigFile.edit")((change, options) =>
      Effect.tap(edit(change, options), () => watch.look)
    ),
    changes: watch.changes,
    current: watch.lastGood
  })
})

/** The layer of {@link watching}. */
export const layerWatching: Layer.Layer<ConfigStore, never, StatePaths | Environment | Disk.Disk> =
  Layer.scoped(ConfigStore, watching)
