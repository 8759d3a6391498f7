/**
 * Secrets that open this gateway. Clients keep them in the same variables in which others keep
 * their keys, so one of them turns up where a credential is looked for: it is never a credential
 * (decision D39). Pure.
 */
import * as Redacted from "effect/Redacted"
import type { Config } from "../Config/Config.ts"

/** How the tokens begin that a gateway makes. */
export const madePrefix = "cbt_"

/**
 * Whether a secret has the form of a token that a gateway of this program made, this one or
 * another.
 */
export const isMadeToken = (secret: Redacted.Redacted): boolean =>
  Redacted.value(secret).startsWith(madePrefix)

/** Whether a secret is one of the tokens that the config gives this gateway. */
export const isConfigured = (config: Config, secret: Redacted.Redacted): boolean => {
  const { adminToken, password, token } = config.gateway?.auth ?? {}
  const text = Redacted.value(secret)
  return [token, adminToken, password].some(
    (known) => known !== undefined && text !== "" && Redacted.value(known).trim() === text
  )
}
