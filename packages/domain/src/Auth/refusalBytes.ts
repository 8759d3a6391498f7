/**
 * The bytes of a refusal as they came: `ProviderRefused` has their text, and a client gets every
 * byte. They stand on the error itself, and under a symbol that is the same in every copy of this
 * package: what makes the error and what hands it on may be bundled apart.
 */
import { encode } from "../Anthropic/utf8.ts"
import type { ProviderRefused } from "./credentialFailures.ts"

const key = Symbol.for("@clawdbot/domain/ProviderRefused/bytes")

/** The error with the bytes it was made of. */
export const keep = (error: ProviderRefused, bytes: Uint8Array): ProviderRefused =>
  Object.defineProperty(error, key, { value: bytes })

/** The bytes; of an error that was made from text alone, those of its text. */
export const of = (error: ProviderRefused): Uint8Array => {
  const bytes: unknown = Reflect.get(error, key)
  if (bytes instanceof Uint8Array) return bytes
  return encode(error.body)
}
