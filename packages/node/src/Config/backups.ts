/**
 * Five backups of the config: `.bak`, the newest, to `.bak.4` (docs/formats.md). All of them
 * 0600: a config may hold keys.
 */
import * as fs from "node:fs/promises"
import * as Effect from "effect/Effect"
import { durableWrite } from "../File/durableWrite.ts"
import { codeOf, FileFailure } from "../File/FileFailure.ts"

const names = (file: string): ReadonlyArray<string> => [
  `${file}.bak`,
  `${file}.bak.1`,
  `${file}.bak.2`,
  `${file}.bak.3`,
  `${file}.bak.4`
]

const rename = async (from: string, to: string): Promise<void> => {
  try {
    await fs.rename(from, to)
    await fs.chmod(to, 0o600)
  } catch (cause) {
    if (codeOf(cause) !== "ENOENT") throw cause
  }
}

/**
 * Moves the backups on by one and keeps `text` as the newest. A backup that cannot be made stops
 * the write it was for.
 */
export const rotate = (file: string, text: string): Effect.Effect<void, FileFailure> =>
  Effect.gen(function* () {
    const all = names(file)
    for (let index = all.length - 1; index > 0; index--) {
      const from = all[index - 1] ?? file
      const to = all[index] ?? file
      yield* Effect.tryPromise({
        try: () => rename(from, to),
        catch: (cause) => new FileFailure({ path: to, operation: "write", code: codeOf(cause) })
      })
    }
    yield* durableWrite(all[0] ?? file, text, { mode: 0o600 })
  })
