/**
 * The file of a state folder that says that its credentials are in a shared store, or on their way
 * there or back. Whoever keeps credentials in files looks for it under the lock of each store: two
 * owners of one login end it.
 */

import * as path from "node:path"
import { atFirstUse } from "@clawdbot/domain/Document/atFirstUse"
import { lazily } from "@clawdbot/domain/Document/lazily"
import { StoreMoved, StoreUnavailable } from "@clawdbot/domain/Profile/ProfileError"
import { FileSystem } from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import type { Disk } from "../File/Disk.ts"
import { durableWrite } from "../File/durableWrite.ts"
import { asFailure, type FileFailure, isMissing } from "../File/FileFailure.ts"
import { PosixFiles } from "../File/PosixFiles.ts"
import { maxBytes, readIfPresent } from "../File/readDocument.ts"

/** What the file holds. `id` names the move, `cluster` the store; `at` is epoch ms. */
export const Marker = lazily(() =>
  Schema.Struct({
    version: Schema.Literal(1),
    state: Schema.Literal("moved", "importing", "exporting"),
    id: Schema.UUID,
    cluster: Schema.UUID,
    where: Schema.String,
    at: Schema.Number
  })
)
export interface Marker extends Schema.Schema.Type<typeof Marker> {}

const Text = lazily(() => Schema.parseJson(Marker, { space: 2 }))
const decode = atFirstUse(() => Schema.decodeUnknownEither(Text))
const encode = atFirstUse(() => Schema.encodeSync(Text))

/** The file of a state folder. */
export const fileOf = (stateDir: string): string => path.join(stateDir, "store-moved.json")

/**
 * What the folder says; undefined where it says nothing. A file that cannot be read, or holds
 * something else, says `Unreadable`: what it was meant to stop stays stopped.
 */
export const read = (
  stateDir: string
): Effect.Effect<Marker | "Unreadable" | undefined, never, Disk> =>
  readIfPresent(fileOf(stateDir), maxBytes.settings).pipe(
    Effect.map((document): Marker | "Unreadable" | undefined => {
      if (document === undefined) return undefined
      return Either.getOrElse(decode(document.text), () => "Unreadable" as const)
    }),
    Effect.orElseSucceed(() => "Unreadable" as const)
  )

/** Says it, durably before it returns. */
export const write = (stateDir: string, marker: Marker): Effect.Effect<void, FileFailure, Disk> =>
  durableWrite(fileOf(stateDir), `${encode(marker)}\n`)

/** The folder's files are its credentials again. */
export const remove = (stateDir: string): Effect.Effect<void, FileFailure, Disk> => {
  const file = fileOf(stateDir)
  return Effect.flatMap(FileSystem, (files) => files.remove(file, { force: true })).pipe(
    asFailure(file, "write")
  )
}

/** The error of a marker. */
export const asError = (stateDir: string, marker: Marker | "Unreadable"): StoreMoved => {
  const file = fileOf(stateDir)
  if (marker === "Unreadable")
    return new StoreMoved({ path: file, state: "moved", where: "that the file should name" })
  return new StoreMoved({ path: file, state: marker.state, where: marker.where })
}

/** Fails where the credentials of the folder are not its files. One look at the disk otherwise. */
export const refuse = (
  stateDir: string
): Effect.Effect<void, StoreMoved | StoreUnavailable, Disk> =>
  Effect.gen(function* () {
    const file = fileOf(stateDir)
    const isThere = yield* Effect.flatMap(PosixFiles, (posix) => posix.stat(file)).pipe(
      Effect.as(true),
      Effect.catchAll(({ code }) => {
        if (isMissing(code)) return Effect.succeed(false)
        return new StoreUnavailable({ path: file, operation: "read", code })
      })
    )
    if (!isThere) return
    const marker = yield* read(stateDir)
    if (marker !== undefined) return yield* asError(stateDir, marker)
  })
