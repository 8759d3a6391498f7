/**
 * Five backups of the config: `.bak`, the newest, to `.bak.4` (docs/formats.md). All of them
 * 0600: a config may hold keys.
 */
import { FileSystem } from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import type { Disk } from "../File/Disk.ts"
import { durableWrite } from "../File/durableWrite.ts"
import { asFailure, type FileFailure, hasCode } from "../File/FileFailure.ts"

const names = (file: string): ReadonlyArray<string> => [
  `${file}.bak`,
  `${file}.bak.1`,
  `${file}.bak.2`,
  `${file}.bak.3`,
  `${file}.bak.4`
]

const rename = (from: string, to: string): Effect.Effect<void, FileFailure, FileSystem> =>
  Effect.gen(function* () {
    const files = yield* FileSystem
    yield* files.rename(from, to)
    yield* files.chmod(to, 0o600)
  }).pipe(
    Effect.catchIf(hasCode("ENOENT"), () => Effect.void),
    asFailure(to, "write")
  )

/**
 * Moves the backups on by one and keeps `text` as the newest. A backup that cannot be made stops
 * the write it was for.
 */
export const rotate = (file: string, text: string): Effect.Effect<void, FileFailure, Disk> =>
  Effect.gen(function* () {
    const all = names(file)
    for (let index = all.length - 1; index > 0; index--) {
      const from = all[index - 1] ?? file
      const to = all[index] ?? file
      yield* rename(from, to)
    }
    yield* durableWrite(all[0] ?? file, text, { mode: 0o600 })
  })
