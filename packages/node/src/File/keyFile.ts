/**
 * A key of 32 random bytes in a file of the state folder, made when it is first asked for. Whoever
 * takes the file away makes everything that was signed or named with it void: the next look makes
 * another key.
 */
import { randomBytes } from "node:crypto"
import { fileVersion } from "./fileVersion.ts"
import { createNow, statNow } from "./PosixFiles.ts"
import { readAtOnce } from "./readDocument.ts"

const keyBytes = 32

/** A new key, in no file. */
export const randomKey = (): Buffer => randomBytes(keyBytes)

const read = (file: string): Buffer | undefined => {
  const key = Buffer.from(Buffer.from(readAtOnce(file)).toString("latin1").trim(), "base64url")
  if (key.length === keyBytes) return key
  return undefined
}

/** Makes a key; where two processes do so at once, the first one's counts. */
const make = (file: string): Buffer => {
  const key = randomKey()
  createNow(file, `${key.toString("base64url")}\n`)
  return key
}

const versionOf = (file: string): string => {
  const stat = statNow(file)
  if (stat === undefined) return ""
  return fileVersion(stat)
}

/**
 * Gives the key of a file as it is now; undefined where it can be neither read nor made.
 * Synchronous: a look at the file's times, and a read only when they changed.
 */
export const keyFile = (file: string): (() => Buffer | undefined) => {
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
        return undefined
      }
    }
  }
}
