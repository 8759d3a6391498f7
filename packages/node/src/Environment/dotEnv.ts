/**
 * `.env` files as maps. A file that is not there is empty; one that cannot be read is said in the
 * log and passed over.
 */
import * as fs from "node:fs/promises"
import * as Effect from "effect/Effect"
import { codeOf } from "../File/FileFailure.ts"

/** Variables by name, as written. */
export type DotEnv = ReadonlyMap<string, string>

const nothing: DotEnv = new Map()

/**
 * Reads one file. Whoever reads a file that somebody else reads too leaves the telling to the
 * other: `quietly`.
 */
export const readDotEnv = (file: string, quietly = false): Effect.Effect<DotEnv> =>
  Effect.tryPromise({ try: () => fs.readFile(file, "utf8"), catch: codeOf }).pipe(
    // Loaded where there is a file: most starts have none.
    Effect.flatMap((text) =>
      Effect.map(
        Effect.promise(() => import("dotenv")),
        ({ parse }): DotEnv => new Map(Object.entries(parse(text)))
      )
    ),
    Effect.catchAll((code) =>
      quietly || code === "ENOENT" || code === "ENOTDIR"
        ? Effect.succeed(nothing)
        : Effect.as(
            Effect.annotateLogs(Effect.logWarning("a .env file cannot be read"), { file, code }),
            nothing
          )
    )
  )
