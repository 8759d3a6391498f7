/** The key that a store's secrets are sealed under. Pure. */
import { hkdfSync } from "node:crypto"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { StoreKeyUnusable } from "./StoreError.ts"

const bytes = 32

/** The key in use, and its mark, which tells two keys apart and nothing about either. */
export interface StoreKey {
  readonly secret: Redacted.Redacted<Buffer>
  readonly mark: string
  /** Where it came from, for errors. */
  readonly source: string
}

const decode = (text: string): Buffer | undefined => {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, "hex")
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return undefined
  return Buffer.from(text, "base64url")
}

/** The key that a text holds, in base64 or hexadecimal. */
export const parse = (
  text: Redacted.Redacted,
  source: string
): Either.Either<StoreKey, StoreKeyUnusable> => {
  const key = decode(Redacted.value(text).trim())
  if (key === undefined || key.byteLength !== bytes)
    return Either.left(
      new StoreKeyUnusable({ source, problem: "it is not 32 bytes in base64 or hexadecimal" })
    )
  const mark = Buffer.from(hkdfSync("sha256", key, "", "clawdbot store key mark", 8))
  return Either.right({ secret: Redacted.make(key), mark: mark.toString("hex"), source })
}
