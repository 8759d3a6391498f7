/**
 * The key that dashboard sessions are signed with: 32 random bytes in a file of the state folder,
 * so that sessions outlive the gateway. Whoever takes the file away ends them all: the next look
 * makes another key.
 */
import { randomBytes } from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"
import { fileVersion } from "@clawdbot/node/File/fileVersion"
import { readAtOnce } from "@clawdbot/node/File/readDocument"

/** Gives the key as it is now. Synchronous: asked for with each request of a dashboard. */
export type SessionKey = () => Buffer

/** Where the key of a state folder is. */
export const sessionKeyPath = (stateDir: string): string =>
  path.join(stateDir, "run", "dashboard.key")

const keyBytes = 32

/** A key for as long as the process lives. */
export const inMemory = (): SessionKey => {
  const key = randomBytes(keyBytes)
  return () => key
}

const read = (file: string): Buffer | undefined => {
  const key = Buffer.from(Buffer.from(readAtOnce(file)).toString("latin1").trim(), "base64url")
  if (key.length === keyBytes) return key
  return undefined
}

/** Makes a key; where two gateways do so at once, the first one's counts. */
const make = (file: string): Buffer => {
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
  const key = randomBytes(keyBytes)
  fs.writeFileSync(file, `${key.toString("base64url")}\n`, { flag: "wx", mode: 0o600 })
  return key
}

const versionOf = (file: string): string => {
  const stat = fs.statSync(file, { bigint: true, throwIfNoEntry: false })
  if (stat === undefined) return ""
  return fileVersion(stat)
}

/**
 * The key in a file. Where the file can be neither read nor made, the key lives as long as the
 * process does.
 */
export const inFile = (file: string): SessionKey => {
  const spare = inMemory()
  let known: { readonly version: string; readonly key: Buffer } | undefined
  const current = (): Buffer => {
    const version = versionOf(file)
    if (known?.version === version && version !== "") return known.key
    const key = (version === "" ? undefined : read(file)) ?? make(file)
    known = { version: versionOf(file), key }
    return key
  }
  return () => {
    try {
      return current()
    } catch {
      // Made by another process meanwhile, or not to be had: what a second look gives counts.
      try {
        return current()
      } catch {
        return spare()
      }
    }
  }
}

/** Ends all sessions that were signed with the key in a file; false where there was none. */
export const revoke = (file: string): boolean => {
  if (!fs.existsSync(file)) return false
  fs.rmSync(file)
  return true
}
