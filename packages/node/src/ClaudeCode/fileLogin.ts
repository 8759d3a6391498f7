/** Claude Code's login in `.credentials.json` (docs/formats.md). */
import { SharedLoginUnavailable } from "@clawdbot/domain/ClaudeCode/SharedLogin"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { durableWrite } from "../File/durableWrite.ts"
import { asFailure, FileFailure, isMissing } from "../File/FileFailure.ts"
import { fileVersion } from "../File/fileVersion.ts"
import { PosixFiles } from "../File/PosixFiles.ts"
import { maxBytes, readDocument } from "../File/readDocument.ts"
import type { LoginPlace, StoredText } from "./LoginPlace.ts"

/**
 * The file as a place. A write is durable and refuses to replace what changed since it was read: a
 * sign-in takes no lock.
 */
export const fileLogin = (file: string): LoginPlace => {
  const unavailable = (operation: "read" | "write") => (code: string) =>
    new SharedLoginUnavailable({ operation, place: file, code })
  const stored = Effect.gen(function* () {
    const posix = yield* PosixFiles
    const { byteOrderMark, stat, text } = yield* readDocument(file, maxBytes.records)
    const version = fileVersion(stat)
    const unchanged = Effect.flatMap(asFailure(file, "write")(posix.stat(file)), (now) => {
      if (fileVersion(now) === version) return Effect.void
      return new FileFailure({ path: file, operation: "write", code: "ECHANGED" })
    })
    const found: StoredText = {
      text: Redacted.make(`${byteOrderMark}${text}`),
      canTake: Effect.void,
      replace: (next, stillMine) =>
        durableWrite(file, Redacted.value(next), {
          beforeRename: Effect.zipRight(stillMine, unchanged)
        }).pipe(Effect.mapError(({ code }) => unavailable("write")(code)))
    }
    return Option.some(found)
  })
  return {
    name: file,
    read: Effect.catchAll(stored, ({ code }) =>
      isMissing(code) ? Effect.succeedNone : Effect.fail(unavailable("read")(code))
    )
  }
}
