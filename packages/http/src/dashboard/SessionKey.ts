/**
 * The key that dashboard sessions are signed with, in a file of the state folder, so that sessions
 * outlive the gateway. Whoever takes the file away ends them all.
 */
import * as fs from "node:fs"
import * as path from "node:path"
import { keyFile, randomKey } from "@clawdbot/node/File/keyFile"

/** Gives the key as it is now. Synchronous: asked for with each request of a dashboard. */
export type SessionKey = () => Uint8Array

/** Where the key of a state folder is. */
export const sessionKeyPath = (stateDir: string): string =>
  path.join(stateDir, "run", "dashboard.key")

/** A key for as long as the process lives. */
export const inMemory = (): (() => Buffer) => {
  const key = randomKey()
  return () => key
}

/**
 * The key in a file. Where the file can be neither read nor made, the key lives as long as the
 * process does.
 */
export const inFile = (file: string): (() => Buffer) => {
  const spare = inMemory()
  const current = keyFile(file)
  return () => current() ?? spare()
}

/** Ends all sessions that were signed with the key in a file; false where there was none. */
export const revoke = (file: string): boolean => {
  if (!fs.existsSync(file)) return false
  fs.rmSync(file)
  return true
}
