/**
 * The last good contents of a store, beside it (decision D8): `<file>.gen-1` is the newest. 0600
 * like the store.
 */
import * as path from "node:path"
import { FileSystem } from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import type { Disk } from "../File/Disk.ts"
import { durableWrite } from "../File/durableWrite.ts"
import { asFailure, type FileFailure } from "../File/FileFailure.ts"
import { copyPathOf } from "../File/inPlaceCopy.ts"
import { maxBytes, readContent, readDocument } from "../File/readDocument.ts"
import { realTarget } from "../File/realTarget.ts"

/** How many are kept. */
export const kept = 5

/** Path of the n-th newest backup, from 1. */
export const pathOf = (file: string, nth: number): string => `${file}.gen-${nth}`

/**
 * A backup as it was read. `modified` is when it was put aside, in ns of the file system's
 * clock.
 */
export interface Backup {
  readonly text: string
  readonly modified: bigint
}

/**
 * Moves each backup one place down, as far as the first free place; the oldest falls away only
 * when there is none.
 */
const makeRoom = (file: string) =>
  Effect.gen(function* () {
    const files = yield* FileSystem
    const isTaken = (nth: number) =>
      Effect.orElseSucceed(files.exists(pathOf(file, nth)), () => false)
    let free = 1
    while (free < kept && (yield* isTaken(free))) free++
    for (let nth = free - 1; nth >= 1; nth--)
      yield* files.rename(pathOf(file, nth), pathOf(file, nth + 1))
  })

/**
 * Puts a good content aside before it is replaced. It is on disk before an older one moves: a full
 * disk, met again and again, must not push the good ones out. To be called under the store's lock.
 */
export const keep = (file: string, content: string): Effect.Effect<void, FileFailure, Disk> =>
  Effect.gen(function* () {
    const files = yield* FileSystem
    const newest = yield* read(file, 1)
    if (newest?.text === content) return
    const incoming = pathOf(file, 0)
    yield* durableWrite(incoming, content)
    yield* makeRoom(file).pipe(
      Effect.zipRight(files.rename(incoming, pathOf(file, 1))),
      asFailure(pathOf(file, 1), "write")
    )
  }).pipe(Effect.uninterruptible)

/** A backup, or undefined where there is none. */
export const read = (file: string, nth: number): Effect.Effect<Backup | undefined, never, Disk> =>
  readDocument(pathOf(file, nth), maxBytes.records).pipe(
    Effect.map(({ stat, text }) => ({ text, modified: stat.mtimeNs })),
    Effect.orElseSucceed(() => undefined)
  )

/**
 * Removes every backup and every copy of a broken content: none of them may keep a secret that
 * was to go (`logout --purge`). To be called under the store's lock; fails when one of them stays.
 */
export const purge = (file: string): Effect.Effect<void, FileFailure, Disk> =>
  Effect.gen(function* () {
    const files = yield* FileSystem
    const folder = path.dirname(file)
    const beside = [`${path.basename(file)}.gen-`, `${path.basename(file)}.corrupt-`]
    // What an unfinished write left beside the store stays for as long as the store needs it.
    const content = yield* Effect.orElseSucceed(
      readContent(file, maxBytes.records),
      () => undefined
    )
    if (content?.fromCopy === false)
      yield* files.remove(copyPathOf(yield* realTarget(file)), { force: true })
    for (const name of yield* files.readDirectory(folder)) {
      if (beside.some((prefix) => name.startsWith(prefix)))
        yield* files.remove(path.join(folder, name), { force: true })
    }
  }).pipe(asFailure(file, "write"))
