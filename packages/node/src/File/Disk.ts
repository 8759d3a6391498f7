/**
 * The disk, as this package uses it: `FileSystem` of `@effect/platform`, and {@link PosixFiles} for
 * what that cannot say. Services take it from the layer they are built with, so that a test puts a
 * disk that fails (`ENOSPC`, `EIO` …) below any of them.
 */
import { FileSystem } from "@effect/platform/FileSystem"
import * as NodeFileSystem from "@effect/platform-node-shared/NodeFileSystem"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as PosixFiles from "./PosixFiles.ts"

/** Both services. */
export type Disk = FileSystem | PosixFiles.PosixFiles

/** The disk of this machine. */
export const layer: Layer.Layer<Disk> = Layer.merge(NodeFileSystem.layer, PosixFiles.layer)

/**
 * Gives effects the disk that this one is run with, and nothing else of its context: a port's
 * methods ask for nothing, whoever built the layer has chosen.
 */
export const provider = Effect.map(Effect.context<Disk>(), (context) => {
  // A context has more than its type says: the scope of a layer must not become that of a lock.
  const disk = Context.pick(FileSystem, PosixFiles.PosixFiles)(context)
  return <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, Exclude<R, Disk>> =>
    Effect.provide(effect, disk)
})
