/** What may be shown of a secret, and how one is recognised without being kept. */
import * as Redacted from "effect/Redacted"

/**
 * A secret as a person may see it: its first and last eight characters, or a quarter each of a
 * short one (the reference shows short ones whole; decision D24).
 */
export const mask = (secret: Redacted.Redacted): string => {
  const text = Redacted.value(secret).trim()
  if (text === "") return "missing"
  if (text.length < 8) return "***"
  const shown = text.length >= 24 ? 8 : Math.floor(text.length / 4)
  return `${text.slice(0, shown)}...${text.slice(-shown)}`
}

/** Credentials of the provider's kinds, and tokens of a gateway. */
const credentialIn = /\b(?:sk-ant-[a-z]+\d*-|cb[a-z]_)[\w-]{12,}/g

/** A text of a person, such as a word of a command line, with the credentials in it masked. */
export const maskIn = (text: string): string =>
  text.replace(credentialIn, (found) => mask(Redacted.make(found)))

/**
 * A short stable fingerprint of a secret (FNV-1a over two lanes, 64 bits), to tell "the same
 * secret as before" from "a new one". It guards against confusion, not against an attacker: it is
 * only ever stored beside the secret itself, in a 0600 file.
 */
export const fingerprint = (secret: Redacted.Redacted): string => {
  const text = Redacted.value(secret)
  let low = 0x811c9dc5
  let high = 0x01000193 ^ text.length
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    low = Math.imul(low ^ unit, 0x01000193)
    high = Math.imul(high ^ ((unit << 5) | (index & 31)), 0x85ebca6b)
    high ^= high >>> 13
  }
  return (low >>> 0).toString(16).padStart(8, "0") + (high >>> 0).toString(16).padStart(8, "0")
}
