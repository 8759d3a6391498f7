/**
 * Credentials that were logged out, each in a 0600 file beside its store
 * (`<file>.logged-out-<profile>`), and what else beside a store still holds a secret that is to go
 * (`logout --purge`, decision D8).
 */
import * as path from "node:path"
import {
  type Content,
  decode,
  encode,
  type LoggedOut,
  none
} from "@clawdbot/domain/Profile/LoggedOut"
import type { ProfileId } from "@clawdbot/domain/Profile/ProfileId"
import * as Json from "@clawdbot/json5-edit/Json"
import { FileSystem } from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import type { Disk } from "../File/Disk.ts"
import { durableWrite } from "../File/durableWrite.ts"
import { asFailure, FileFailure, hasCode } from "../File/FileFailure.ts"
import * as FolderLock from "../File/FolderLock.ts"
import { maxBytes, readContent, readIfPresent } from "../File/readDocument.ts"
import * as Backups from "./backups.ts"

/** Where a logged out profile of a store is kept. */
export const pathOf = (file: string, profile: ProfileId): string =>
  `${file}.logged-out-${encodeURIComponent(profile).replaceAll("*", "%2A")}`

const read = (file: string, profile: ProfileId): Effect.Effect<Content, FileFailure, Disk> => {
  const kept = pathOf(file, profile)
  const invalid = (code: string) => new FileFailure({ path: kept, operation: "read", code })
  return Effect.flatMap(
    readIfPresent(kept, maxBytes.settings),
    (document): Effect.Effect<Content, FileFailure> => {
      if (document === undefined) return Effect.succeed(none)
      const parsed = Json.parse(document.text)
      if (Either.isLeft(parsed)) return Effect.fail(invalid("SyntaxError"))
      const content = decode(parsed.right)
      // Something else that stands there may be all that is left of a credential.
      if (content === undefined) return Effect.fail(invalid("INVALID"))
      return Effect.succeed(content)
    }
  )
}

/** What is kept under a name, newest first. */
export const find = (
  file: string,
  profile: ProfileId
): Effect.Effect<ReadonlyArray<LoggedOut>, FileFailure, Disk> =>
  Effect.map(read(file, profile), ({ kept }) => kept)

/** Throws it away. */
export const forget = (
  file: string,
  profile: ProfileId
): Effect.Effect<void, FileFailure, FileSystem> => {
  const kept = pathOf(file, profile)
  return Effect.flatMap(FileSystem, (files) => files.remove(kept, { force: true })).pipe(
    asFailure(kept, "write")
  )
}

/** Changes what is kept under a name, under a lock of its own; durable before it returns. */
export const modify = (
  file: string,
  profile: ProfileId,
  change: (kept: ReadonlyArray<LoggedOut>) => ReadonlyArray<LoggedOut>
): Effect.Effect<void, FileFailure, Disk> =>
  Effect.scoped(
    Effect.gen(function* () {
      const path = pathOf(file, profile)
      const lock = yield* FolderLock.hold(path, FolderLock.standardTimes)
      const { kept, unreadable } = yield* read(file, profile)
      const next = { kept: change(kept), unreadable }
      if (next.kept.length + unreadable.length === 0) return yield* forget(file, profile)
      const text = `${JSON.stringify(Redacted.value(encode(next)), null, 2)}\n`
      yield* durableWrite(path, text, { beforeRename: lock.stillMine })
    })
  )

/** Whether any older copy of the store names the profile. */
export const isInCopies = (
  file: string,
  profile: ProfileId
): Effect.Effect<boolean, FileFailure, Disk> =>
  Effect.gen(function* () {
    const name = JSON.stringify(profile)
    for (const copy of yield* beside(file, [".gen-", ".corrupt-"])) {
      const { bytes } = yield* readContent(copy, maxBytes.records)
      if (Buffer.from(bytes).includes(name)) return true
    }
    return false
  }).pipe(asFailure(file, "read"))

const beside = (file: string, kinds: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const folder = path.dirname(file)
    const names = yield* Effect.catchIf(
      (yield* FileSystem).readDirectory(folder),
      hasCode("ENOENT"),
      () => Effect.succeed<ReadonlyArray<string>>([])
    )
    return names
      .filter((name) => kinds.some((kind) => name.startsWith(`${path.basename(file)}${kind}`)))
      .map((name) => path.join(folder, name))
  })

/** Removes every older copy of a store, under its lock, and what is kept of the profile. */
export const purge = (file: string, profile: ProfileId): Effect.Effect<void, FileFailure, Disk> =>
  Effect.scoped(
    Effect.gen(function* () {
      yield* FolderLock.hold(file, FolderLock.standardTimes)
      yield* Backups.purge(file)
      yield* forget(file, profile)
    })
  )

/**
 * Those of some files, and of the files of a folder, in which a secret still stands; never the
 * store itself.
 */
export const holdersOf = (
  file: string,
  others: ReadonlyArray<string>,
  secrets: ReadonlyArray<Redacted.Redacted>
): Effect.Effect<ReadonlyArray<string>, never, Disk> =>
  Effect.gen(function* () {
    const folder = path.dirname(file)
    const wanted = secrets.map(Redacted.value).filter((text) => text.trim() !== "")
    const names = yield* Effect.orElseSucceed(
      (yield* FileSystem).readDirectory(folder),
      (): ReadonlyArray<string> => []
    )
    const inFolder = names.map((name) => path.join(folder, name)).filter((name) => name !== file)
    const found: Array<string> = []
    for (const name of [...inFolder, ...others]) {
      // Folders (a lock) and what cannot be read are passed over: this only informs, nothing hangs
      // on it.
      const content = yield* Effect.orElseSucceed(
        readContent(name, maxBytes.records),
        () => undefined
      )
      const bytes = Buffer.from(content?.bytes ?? [])
      if (wanted.some((secret) => bytes.includes(secret))) found.push(name)
    }
    return found
  })
