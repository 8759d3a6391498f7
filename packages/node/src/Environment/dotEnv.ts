/**
 * `.env` files as maps. A file that is not there is empty; one that cannot be read is said in the
 * log and passed over.
 */
import * as FileProblem from "@clawdbot/domain/Document/fileProblem"
import * as Effect from "effect/Effect"
import type { Disk } from "../File/Disk.ts"
import { maxBytes, readIfPresent } from "../File/readDocument.ts"

/** Variables by name, as written. */
export type DotEnv = ReadonlyMap<string, string>

const nothing: DotEnv = new Map()

/**
 * Reads one file. Whoever reads a file that somebody else reads too leaves the telling to the
 * other: `quietly`.
 */
export const readDotEnv = (file: string, quietly = false): Effect.Effect<DotEnv, never, Disk> =>
  readIfPresent(file, maxBytes.settings).pipe(
    // Loaded where there is a file: most starts have none.
    Effect.flatMap((document) => {
      if (document === undefined) return Effect.succeed(nothing)
      return Effect.map(
        Effect.promise(() => import("dotenv")),
        ({ parse }): DotEnv => new Map(Object.entries(parse(document.text)))
      )
    }),
    Effect.catchAll(({ code }) => {
      if (quietly) return Effect.succeed(nothing)
      return Effect.as(
        Effect.annotateLogs(Effect.logWarning(`${file} is ignored: ${FileProblem.inWords(code)}`), {
          fix: FileProblem.cure({ path: file, operation: "read", code })
        }),
        nothing
      )
    })
  )
