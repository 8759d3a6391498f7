/**
 * The last good contents of a store, beside it (decision D8): `<file>.gen-1` is the newest. 0600
 * like the store.
 */
import * as fs from "node:fs/promises"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import { durableWrite } from "../File/durableWrite.ts"
import { codeOf, FileFailure } from "../File/FileFailure.ts"
import { copyPathOf } from "../File/inPlaceCopy.ts"
import { maxBytes, readContent, readDocument } from "../File/readDocument.ts"
import { realTarget } from "../File/realTarget.ts"

/** How many are kept. */
export const kept = 5

/** Path of the n-th newest generation, from 1. */
export const pathOf = (file: string, generation: number): string => `${file}.gen-${generation}`

/**
 * A generation as it was read. `modified` is when it was put aside, in ns of the file system's
 * clock.
 */
export interface Generation {
  readonly text: string
  readonly modified: bigint
}

/**
 * Moves each generation one place down, as far as the first free place; the oldest falls away only
 * when there is none.
 */
const makeRoom = async (file: string): Promise<void> => {
  let free = 1
  const isTaken = (generation: number) =>
    fs.access(pathOf(file, generation)).then(
      () => true,
      () => false
    )
  while (free < kept && (await isTaken(free))) free++
  for (let generation = free - 1; generation >= 1; generation--) {
    await fs.rename(pathOf(file, generation), pathOf(file, generation + 1))
  }
}

/**
 * Puts a good content aside before it is replaced. It is on disk before an older one moves: a full
 * disk, met again and again, must not push the good ones out. To be called under the store's lock.
 */
export const keep = (file: string, content: string): Effect.Effect<void, FileFailure> =>
  Effect.gen(function* () {
    const newest = yield* read(file, 1)
    if (newest?.text === content) return
    const incoming = pathOf(file, 0)
    yield* durableWrite(incoming, content)
    yield* Effect.tryPromise({
      try: async () => {
        await makeRoom(file)
        await fs.rename(incoming, pathOf(file, 1))
      },
      catch: (cause) =>
        new FileFailure({ path: pathOf(file, 1), operation: "write", code: codeOf(cause) })
    })
  }).pipe(Effect.uninterruptible)

/** A generation, or undefined where there is none. */
export const read = (file: string, generation: number): Effect.Effect<Generation | undefined> =>
  readDocument(pathOf(file, generation), maxBytes.records).pipe(
    Effect.map(({ stat, text }) => ({ text, modified: stat.mtimeNs })),
    Effect.orElseSucceed(() => undefined)
  )

/**
 * Removes every generation and every copy of a broken content: none of them may keep a secret that
 * was to go (`logout --purge`). To be called under the store's lock; fails when one of them stays.
 */
export const purge = (file: string): Effect.Effect<void, FileFailure> =>
  Effect.tryPromise({
    try: async () => {
      const folder = path.dirname(file)
      const beside = [`${path.basename(file)}.gen-`, `${path.basename(file)}.corrupt-`]
      // What an unfinished write left beside the store stays for as long as the store needs it.
      const content = await readContent(file, maxBytes.records).catch(() => undefined)
      if (content?.fromCopy === false)
        await fs.rm(copyPathOf(await realTarget(file)), { force: true })
      for (const name of await fs.readdir(folder)) {
        if (beside.some((prefix) => name.startsWith(prefix)))
          await fs.rm(path.join(folder, name), { force: true })
      }
    },
    catch: (cause) => new FileFailure({ path: file, operation: "write", code: codeOf(cause) })
  })
