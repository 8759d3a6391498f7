/**
 * The machine's disk with faults: whatever a plan names is refused, as by a full disk, a broken one
 * or one that may not be written. It stands in for `Disk.layer` below any service, without the
 * right to mount anything.
 */
import * as Disk from "@clawdbot/node/File/Disk"
import { SystemRefusal } from "@clawdbot/node/File/FileFailure"
import { PosixFiles } from "@clawdbot/node/File/PosixFiles"
import { type PlatformError, SystemError } from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

/** A call of the file system: what it is called, the path or the file it is about. */
export interface Call {
  readonly name: string
  readonly path: string
}

/** The system's code a call is refused with, if it is; `n` counts all calls from 1. */
export type Plan = (n: number, call: Call) => string | undefined

/** Refuses one call. */
export const once =
  (at: number, code: string): Plan =>
  (n) =>
    n === at ? code : undefined

/** Refuses every call from one on, as a disk that is gone. */
export const from =
  (at: number, code: string): Plan =>
  (n) =>
    n >= at ? code : undefined

/** Refuses every call of this name, such as `rename` or `file.sync`. */
export const every =
  (name: string, code: string): Plan =>
  (_, call) =>
    call.name === name ? code : undefined

/** The disk, and the calls it was asked for. */
export interface FaultyDisk {
  readonly layer: Layer.Layer<Disk.Disk>
  readonly calls: ReadonlyArray<Call>
}

/** A disk that follows a plan. */
export const make = (plan: Plan): FaultyDisk => {
  const calls: Array<Call> = []
  const refusal = (call: Call): Effect.Effect<string | undefined> =>
    Effect.sync(() => plan(calls.push(call), call))

  const platform = (name: string, path: string): Effect.Effect<void, PlatformError> =>
    Effect.flatMap(refusal({ name, path }), (code) => {
      if (code === undefined) return Effect.void
      const cause = Object.assign(new Error(code), { code })
      return new SystemError({ reason: "Unknown", module: "FileSystem", method: name, cause })
    })
  const posix = (name: string, path: string): Effect.Effect<void, SystemRefusal> =>
    Effect.flatMap(refusal({ name, path }), (code) => {
      if (code === undefined) return Effect.void
      return new SystemRefusal({ code })
    })

  const guarded =
    <Args extends readonly [string, ...ReadonlyArray<unknown>], A, R>(
      name: string,
      run: (...args: Args) => Effect.Effect<A, PlatformError, R>
    ) =>
    (...args: Args): Effect.Effect<A, PlatformError, R> =>
      Effect.zipRight(platform(name, args[0]), run(...args))

  const fileOf = (path: string, file: FileSystem.File): FileSystem.File => ({
    [FileSystem.FileTypeId]: FileSystem.FileTypeId,
    fd: file.fd,
    seek: (offset, start) => file.seek(offset, start),
    stat: Effect.zipRight(platform("file.stat", path), file.stat),
    sync: Effect.zipRight(platform("file.sync", path), file.sync),
    read: (buffer) => Effect.zipRight(platform("file.read", path), file.read(buffer)),
    readAlloc: (size) => Effect.zipRight(platform("file.readAlloc", path), file.readAlloc(size)),
    truncate: (length) => Effect.zipRight(platform("file.truncate", path), file.truncate(length)),
    write: (buffer) => Effect.zipRight(platform("file.write", path), file.write(buffer)),
    // What a full disk refuses it has often begun to take.
    writeAll: (buffer) =>
      Effect.catchAll(platform("file.writeAll", path), (refused) =>
        Effect.zipRight(
          Effect.ignore(file.writeAll(buffer.subarray(0, buffer.byteLength >> 1))),
          Effect.fail(refused)
        )
      ).pipe(Effect.zipRight(Effect.suspend(() => file.writeAll(buffer))))
  })

  const files = (real: FileSystem.FileSystem): FileSystem.FileSystem =>
    FileSystem.make({
      ...real,
      access: guarded("access", real.access),
      chmod: guarded("chmod", real.chmod),
      link: guarded("link", real.link),
      makeDirectory: guarded("makeDirectory", real.makeDirectory),
      open: (path, options) =>
        platform("open", path).pipe(
          Effect.zipRight(real.open(path, options)),
          // A close that is refused is a defect there, as with the layer of Node.
          Effect.tap(() => Effect.addFinalizer(() => Effect.orDie(platform("file.close", path)))),
          Effect.map((file) => fileOf(path, file))
        ),
      readDirectory: guarded("readDirectory", real.readDirectory),
      readFile: guarded("readFile", real.readFile),
      readLink: guarded("readLink", real.readLink),
      realPath: guarded("realPath", real.realPath),
      remove: guarded("remove", real.remove),
      rename: guarded("rename", real.rename),
      stat: guarded("stat", real.stat),
      utimes: guarded("utimes", real.utimes),
      writeFile: guarded("writeFile", real.writeFile)
    })

  const layer = Layer.merge(
    Layer.effect(FileSystem.FileSystem, Effect.map(FileSystem.FileSystem, files)),
    Layer.effect(
      PosixFiles,
      Effect.map(PosixFiles, (real) =>
        PosixFiles.of({
          stat: (file) => Effect.zipRight(posix("posix.stat", file), real.stat(file)),
          lstat: (file) => Effect.zipRight(posix("posix.lstat", file), real.lstat(file)),
          open: (path) =>
            Effect.map(Effect.zipRight(posix("posix.open", path), real.open(path)), (file) => ({
              stat: Effect.zipRight(posix("posix.file.stat", path), file.stat),
              read: (buffer: Uint8Array, position: number) =>
                Effect.zipRight(posix("posix.file.read", path), file.read(buffer, position))
            })),
          removeEmptyFolder: (folder) =>
            Effect.zipRight(posix("posix.rmdir", folder), real.removeEmptyFolder(folder)),
          existsNow: real.existsNow,
          replaceNow: (file, temporary, content) =>
            Effect.zipRight(posix("posix.replace", file), real.replaceNow(file, temporary, content))
        })
      )
    )
  ).pipe(Layer.provide(Disk.layer))
  return { layer, calls }
}
