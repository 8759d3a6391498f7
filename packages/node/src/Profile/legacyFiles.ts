/**
 * Takes over `auth.json` of an agent's folder and `oauth.json` of the state folder, once (auth.md §1.6–1.7, W-5, W-6). The files are never
 * deleted: `auth.json` is renamed, `oauth.json` stays and gets a receipt. Each import is verified by reading the store back first.
 */
import * as fs from "node:fs/promises"
import * as path from "node:path"
import * as Credential from "@clawdbot/domain/Profile/Credential"
import { fromAuthJson, fromOAuthJson, type Imported } from "@clawdbot/domain/Profile/legacy/legacyImport"
import * as Effect from "effect/Effect"
import { durableWrite } from "../File/durableWrite.ts"
import type { FileFailure } from "../File/FileFailure.ts"

/** Something to take over, and how to remember that it was. */
export interface LegacySource {
  readonly file: string
  readonly profiles: Imported
  /** Marks the import as done; called after the store was verified. */
  readonly finish: Effect.Effect<void, FileFailure>
}

const readJson = async (file: string): Promise<unknown> => {
  try {
    const value: unknown = JSON.parse(await fs.readFile(file, "utf8"))
    return value
  } catch {
    // Missing or broken: nothing that could be imported. A broken file stays where it is.
    return undefined
  }
}

const exists = (file: string): Promise<boolean> =>
  fs.access(file).then(
    () => true,
    () => false
  )

const receiptOf = (file: string): string => `${file}.imported`

/** Whether there is anything to look at; cheap, for the usual case that there is not. */
export const mayExist = (folder: string, oauthDir: string | undefined): Effect.Effect<boolean> =>
  Effect.promise(
    async () =>
      (await exists(path.join(folder, "auth.json"))) ||
      (oauthDir !== undefined &&
        (await exists(path.join(oauthDir, "oauth.json"))) &&
        !(await exists(receiptOf(path.join(oauthDir, "oauth.json")))))
  )

/** The legacy files of an agent; `oauthDir` is given for the default agent only. */
export const find = (folder: string, oauthDir: string | undefined): Effect.Effect<ReadonlyArray<LegacySource>> =>
  Effect.promise(async () => {
    const found: Array<LegacySource> = []
    const authJson = path.join(folder, "auth.json")
    const fromAuth = fromAuthJson(await readJson(authJson))
    if (fromAuth.size > 0) {
      found.push({
        file: authJson,
        profiles: fromAuth,
        finish: Effect.promise(() => fs.rename(authJson, receiptOf(authJson)).catch(() => undefined))
      })
    }
    if (oauthDir !== undefined) {
      const oauthJson = path.join(oauthDir, "oauth.json")
      const fromOAuth = (await exists(receiptOf(oauthJson))) ? new Map() : fromOAuthJson(await readJson(oauthJson))
      if (fromOAuth.size > 0) {
        const receipt = Object.fromEntries(
          [...fromOAuth].map(([id, credential]: [string, Credential.Credential]) => [
            id,
            Credential.secretFingerprint(credential)
          ])
        )
        found.push({
          file: oauthJson,
          profiles: fromOAuth,
          finish: durableWrite(
            receiptOf(oauthJson),
            `${JSON.stringify({ importedTo: folder, profiles: receipt }, null, 2)}\n`
          )
        })
      }
    }
    return found
  })
