/**
 * Reading config files. They are UTF-8 and nothing else: a byte that is not would be lost by the
 * next write.
 */
import * as fs from "node:fs/promises"
import { ConfigInvalid, ConfigUnavailable } from "@clawdbot/domain/Config/ConfigError"
import * as Effect from "effect/Effect"
import { codeOf } from "../File/FileFailure.ts"

/** Why a file gives no text. */
export interface TextFailure {
  readonly code: string
}

const notText = "not UTF-8 text"

/**
 * The text of a file, its byte order mark included. Left: the system's code, or that it is no
 * UTF-8.
 */
export const read = (file: string): Effect.Effect<string, TextFailure> =>
  Effect.flatMap(
    Effect.tryPromise({
      try: () => fs.readFile(file),
      catch: (cause): TextFailure => ({ code: codeOf(cause) })
    }),
    (bytes) =>
      Effect.try({
        try: () => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes),
        catch: (): TextFailure => ({ code: notText })
      })
  )

/** The text of the main file; `undefined` when there is none. */
export const readMain = (
  file: string
): Effect.Effect<string | undefined, ConfigInvalid | ConfigUnavailable> =>
  read(file).pipe(
    Effect.catchAll(({ code }): Effect.Effect<undefined, ConfigInvalid | ConfigUnavailable> => {
      if (code === "ENOENT") return Effect.succeed(undefined)
      return code === notText
        ? Effect.fail(
            new ConfigInvalid({
              path: file,
              issues: [
                {
                  path: "<root>",
                  problem: "the file is not UTF-8 text",
                  cure: "save it as UTF-8",
                  place: { file }
                }
              ]
            })
          )
        : Effect.fail(new ConfigUnavailable({ path: file, operation: "read", code }))
    })
  )
