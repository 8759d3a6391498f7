/**
 * Takes over `auth.json` of an agent's folder and `oauth.json` of the state folder, once
 * (docs/formats.md §1.6–1.7, W-5, W-6). The files are never deleted: `auth.json` is renamed,
 * `oauth.json` stays and gets a receipt. Each import is verified by reading the store back first.
 */
import * as path from "node:path"
import * as Credential from "@clawdbot/domain/Profile/Credential"
import {
  fromAuthJson,
  fromOAuthJson,
  type Imported
} from "@clawdbot/domain/Profile/legacy/legacyImport"
import * as Json from "@clawdbot/json5-edit/Json"
import { FileSystem } from "@effect/platform/FileSystem"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Disk } from "../File/Disk.ts"
import { durableWrite } from "../File/durableWrite.ts"
import { asFailure, type FileFailure } from "../File/FileFailure.ts"
import { maxBytes, readDocument } from "../File/readDocument.ts"

/** Something to take over, and how to remember that it was. */
export interface LegacySource {
  readonly file: string
  readonly profiles: Imported
  /** Marks the import as done; to be run after the store was verified. */
  readonly finish: Effect.Effect<void, FileFailure, Disk>
}

/** Missing or broken: nothing that could be imported. A broken file stays where it is. */
const readJson = (file: string): Effect.Effect<unknown, never, Disk> =>
  readDocument(file, maxBytes.records).pipe(
    Effect.flatMap(({ text }) => Json.parse(text)),
    Effect.orElseSucceed(() => undefined)
  )

const exists = (file: string): Effect.Effect<boolean, never, FileSystem> =>
  Effect.flatMap(FileSystem, (files) => Effect.orElseSucceed(files.exists(file), () => false))

const receiptOf = (file: string): string => `${file}.imported`

/** Renames `auth.json`; one that was taken over before keeps its name. */
const retire = (file: string): Effect.Effect<void, FileFailure, Disk> =>
  Effect.gen(function* () {
    const receipt = receiptOf(file)
    const now = yield* Clock.currentTimeMillis
    const name = (yield* exists(receipt)) ? `${receipt}-${now}` : receipt
    yield* (yield* FileSystem).rename(file, name)
  }).pipe(asFailure(file, "write"))

/**
 * Leaves a note beside `oauth.json`: when (epoch ms), into which folder, and which profiles, by the
 * fingerprint of their secret.
 */
const leaveReceipt = (
  file: string,
  folder: string,
  profiles: Imported
): Effect.Effect<void, FileFailure, Disk> =>
  Effect.flatMap(Clock.currentTimeMillis, (importedAt) => {
    const fingerprints = Object.fromEntries(
      [...profiles].map(([id, credential]) => [id, Credential.secretFingerprint(credential)])
    )
    const receipt = { importedAt, importedTo: folder, profiles: fingerprints }
    return durableWrite(receiptOf(file), `${JSON.stringify(receipt, null, 2)}\n`)
  })

const oauthJsonIn = (oauthDir: string): string => path.join(oauthDir, "oauth.json")

const waits = (oauthDir: string): Effect.Effect<boolean, never, FileSystem> =>
  Effect.gen(function* () {
    const file = oauthJsonIn(oauthDir)
    return (yield* exists(file)) && !(yield* exists(receiptOf(file)))
  })

/** Whether there is anything to look at; cheap, for the usual case that there is not. */
export const mayExist = (
  folder: string,
  oauthDir: string | undefined
): Effect.Effect<boolean, never, FileSystem> =>
  Effect.gen(function* () {
    if (yield* exists(path.join(folder, "auth.json"))) return true
    return oauthDir !== undefined && (yield* waits(oauthDir))
  })

/** The legacy files of an agent; `oauthDir` is given for the default agent only. */
export const find = (
  folder: string,
  oauthDir: string | undefined
): Effect.Effect<ReadonlyArray<LegacySource>, never, Disk> =>
  Effect.gen(function* () {
    const found: Array<LegacySource> = []
    const authJson = path.join(folder, "auth.json")
    const fromAuth = fromAuthJson(yield* readJson(authJson))
    if (fromAuth.size > 0)
      found.push({ file: authJson, profiles: fromAuth, finish: retire(authJson) })
    if (oauthDir !== undefined && (yield* waits(oauthDir))) {
      const oauthJson = oauthJsonIn(oauthDir)
      const profiles = fromOAuthJson(yield* readJson(oauthJson))
      if (profiles.size > 0) {
        found.push({ file: oauthJson, profiles, finish: leaveReceipt(oauthJson, folder, profiles) })
      }
    }
    return found
  })
