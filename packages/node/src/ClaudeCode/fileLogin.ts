/** Claude Code's login in `.credentials.json` (docs/formats.md). */
import type { BigIntStats } from "node:fs"
import * as fs from "node:fs/promises"
import { SharedLoginUnavailable } from "@clawdbot/domain/ClaudeCode/SharedLogin"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { durableWrite } from "../File/durableWrite.ts"
import { codeOf, FileFailure, isMissing } from "../File/FileFailure.ts"
import { maxBytes, readDocument } from "../File/readDocument.ts"
import type { LoginPlace, StoredText } from "./LoginPlace.ts"

const stampFrom = (stat: BigIntStats): string => `${stat.ino} ${stat.size} ${stat.mtimeNs}`

/**
 * The file as a place. A write is durable and refuses to replace what changed since it was read: a
 * sign-in takes no lock.
 */
export const fileLogin = (file: string): LoginPlace => {
  const unavailable = (operation: "read" | "write") => (code: string) =>
    new SharedLoginUnavailable({ operation, place: file, code })
  return {
    name: file,
    read: readDocument(file, maxBytes.records).pipe(
      Effect.map(({ mark, stat, text }): Option.Option<StoredText> => {
        const stamp = stampFrom(stat)
        const unchanged = Effect.tryPromise({
          try: async () => stampFrom(await fs.stat(file, { bigint: true })),
          catch: (cause) => new FileFailure({ path: file, operation: "write", code: codeOf(cause) })
        }).pipe(
          Effect.filterOrFail(
            (now) => now === stamp,
            () => new FileFailure({ path: file, operation: "write", code: "ECHANGED" })
          )
        )
        return Option.some({
          text: Redacted.make(`${mark}${text}`),
          canTake: Effect.void,
          replace: (next, stillMine) =>
            durableWrite(file, Redacted.value(next), {
              beforeRename: Effect.zipRight(stillMine, unchanged)
            }).pipe(Effect.mapError(({ code }) => unavailable("write")(code)))
        })
      }),
      Effect.catchAll(({ code }) =>
        isMissing(code) ? Effect.succeedNone : Effect.fail(unavailable("read")(code))
      )
    )
  }
}
