/**
 * Secrets that open this gateway. Clients keep them in the same variables in which others keep
 * their keys, so one of them turns up where a credential is looked for: it is never a credential
 * (decision D39). Pure.
 */
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { Config } from "../Config/Config.ts"
import { type EffectiveEnvironment, isTrusted, lookup } from "../Environment/Environment.ts"

/** How the tokens begin that a gateway makes. */
export const madePrefix = "cbt_"

/**
 * Whether a secret has the form of a token that a gateway of this program made, this one or
 * another.
 */
export const isMadeToken = (secret: Redacted.Redacted): boolean =>
  Redacted.value(secret).startsWith(madePrefix)

/** The variable that sets the client token where the config has none. */
export const clientTokenVariable = "CLAWDBOT_GATEWAY_TOKEN"

/** A client token that a person set, and the key or variable that holds it. */
export interface GivenToken {
  readonly secret: Redacted.Redacted
  readonly from: "gateway.auth.token" | typeof clientTokenVariable
}

/** The client token that a person set; the gateway creates one where there is none. */
export const givenClientToken = (
  config: Config,
  environment: EffectiveEnvironment
): GivenToken | undefined => {
  const secret = config.gateway?.auth?.token
  if (secret !== undefined) return { secret, from: "gateway.auth.token" }
  return lookup(environment, clientTokenVariable).pipe(
    Option.filter(isTrusted),
    Option.map(({ value }): GivenToken => ({ secret: value, from: clientTokenVariable })),
    Option.getOrUndefined
  )
}

/** Whether a secret is one of the tokens that a person gave this gateway. */
export const isConfigured = (
  config: Config,
  environment: EffectiveEnvironment,
  secret: Redacted.Redacted
): boolean => {
  const { adminToken, password } = config.gateway?.auth ?? {}
  const text = Redacted.value(secret)
  return [givenClientToken(config, environment)?.secret, adminToken, password].some(
    (known) => known !== undefined && text !== "" && Redacted.value(known).trim() === text
  )
}
