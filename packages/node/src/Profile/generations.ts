/** The last good contents of a store, beside it (decision D8): `<file>.gen-1` is the newest. 0600 like the store. */
import * as fs from "node:fs/promises"
import * as Effect from "effect/Effect"
import { durableWrite } from "../File/durableWrite.ts"
import type { FileFailure } from "../File/FileFailure.ts"

/** How many are kept. */
export const kept = 5

/** Path of the n-th newest generation, from 1. */
export const pathOf = (file: string, generation: number): string => `${file}.gen-${generation}`

/** Puts a good content aside before it is replaced; the oldest falls away. */
export const keep = (file: string, content: string): Effect.Effect<void, FileFailure> =>
  Effect.gen(function* () {
    const newest = yield* read(file, 1)
    if (newest === content) return
    for (let generation = kept - 1; generation >= 1; generation--) {
      yield* Effect.promise(() =>
        fs.rename(pathOf(file, generation), pathOf(file, generation + 1)).catch(() => undefined)
      )
    }
    yield* durableWrite(pathOf(file, 1), content)
  })

/** A generation's text, or undefined where there is none. */
export const read = (file: string, generation: number): Effect.Effect<string | undefined> =>
  Effect.promise(() => fs.readFile(pathOf(file, generation), "utf8").catch(() => undefined))

/** Removes every generation and every copy that was put aside: none of them may keep a secret that was to go (`logout --purge`). */
export const purge = (file: string): Effect.Effect<void> =>
  Effect.forEach(
    Array.from({ length: kept }, (_, index) => pathOf(file, index + 1)),
    (path) => Effect.promise(() => fs.rm(path, { force: true }).catch(() => undefined)),
    { discard: true }
  )
