/** What is kept of a client's token. */
import { createHash } from "node:crypto"
import * as Redacted from "effect/Redacted"

/** SHA-256 in hex. A token is 32 random bytes: a hash of it cannot be guessed back. */
export const hashOf = (token: Redacted.Redacted): string =>
  createHash("sha256").update(Redacted.value(token)).digest("hex")
