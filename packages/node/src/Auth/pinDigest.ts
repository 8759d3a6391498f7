/** How pins hide what is not to be kept: a keyed hash, whose key nobody has after the process. */
import { createHmac, randomBytes } from "node:crypto"

/** A digest of this process's own, 128 bits as text. */
export const pinDigest = (): ((text: string) => string) => {
  const key = randomBytes(32)
  return (text) => createHmac("sha256", key).update(text).digest("base64url").slice(0, 22)
}
