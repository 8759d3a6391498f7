/**
 * Writes one `auth-profiles.json` under its lock (decision D8): what was good is kept as a
 * backup before it is replaced.
 */
import * as path from "node:path"
import * as ProfileDocument from "@clawdbot/domain/Profile/ProfileDocument"
import * as JsonText from "@clawdbot/json5-edit/JsonText"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { Disk } from "../File/Disk.ts"
import { durableWrite, sweepTemporaries } from "../File/durableWrite.ts"
import type { FileFailure } from "../File/FileFailure.ts"
import type { HeldLock } from "../File/FolderLock.ts"
import * as Backups from "./backups.ts"
import type { StoreContent } from "./readStore.ts"

/**
 * The text of a store that replaces `before`: what the document does not change keeps its bytes. It
 * holds secrets and goes nowhere but into the file.
 */
export const render = (
  document: ProfileDocument.ProfileDocument,
  before: string | undefined
): string => {
  const value = Redacted.value(ProfileDocument.encode(document))
  if (before === undefined) return JsonText.whole(value)
  return JsonText.change(before, value)
}

/** Replaces what was read under the lock by `text`. */
export const replace = (
  file: string,
  before: StoreContent,
  text: string,
  lock: HeldLock
): Effect.Effect<void, FileFailure, Disk> =>
  Effect.gen(function* () {
    yield* sweepTemporaries(path.dirname(lock.target), lock.target)
    if (before.text !== undefined && !before.restored) yield* Backups.keep(file, before.text)
    yield* durableWrite(file, text, { beforeRename: lock.stillMine })
  })
