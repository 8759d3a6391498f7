/**
 * The gateway's tokens in force (decisions D26, D26a): from the config where they are set there,
 * the client token also from the environment, else those that are kept, which are made at the
 * first start. A token that a person set is never copied to where those are kept.
 */

import { randomBytes } from "node:crypto"
import {
  AccessTokens,
  type GatewayTokensUnavailable,
  type OwnTokens
} from "@clawdbot/domain/Client/AccessTokens"
import { type GivenToken, madePrefix } from "@clawdbot/domain/Client/gatewaySecret"
import type { Config } from "@clawdbot/domain/Config/Config"
import { defined } from "@clawdbot/domain/Document/defined"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"

/** What opens the data plane and the control plane. */
export interface GatewayTokens {
  readonly client: Redacted.Redacted
  /** The key or variable that sets the client token; undefined where the gateway made it. */
  readonly clientFrom: GivenToken["from"] | undefined
  readonly admin: Redacted.Redacted
}

/** A new token, `cbt_` and 32 random bytes. */
export const newToken = (): Redacted.Redacted =>
  Redacted.make(`${madePrefix}${randomBytes(32).toString("base64url")}`)

/**
 * The client token that is in force for the next start, without creating one; undefined where there
 * is none yet.
 */
export const known = (
  given: GivenToken | undefined
): Effect.Effect<Redacted.Redacted | undefined, GatewayTokensUnavailable, AccessTokens> => {
  if (given !== undefined) return Effect.succeed(given.secret)
  return Effect.flatMap(AccessTokens, ({ own }) => Effect.map(own, ({ client }) => client))
}

/** The tokens in force. `given` is the client token that a person set. */
export const load = (
  config: Config,
  given: GivenToken | undefined
): Effect.Effect<GatewayTokens, GatewayTokensUnavailable, AccessTokens> =>
  Effect.gen(function* () {
    const { completeOwn, own } = yield* AccessTokens
    const adminToken = config.gateway?.auth?.adminToken
    const token = given?.secret
    const inForce = (stored: OwnTokens): GatewayTokens | undefined => {
      const client = token ?? stored.client
      const admin = adminToken ?? stored.admin
      if (client === undefined || admin === undefined) return undefined
      return { client, admin, clientFrom: given?.from }
    }
    const wanted = (stored: OwnTokens): OwnTokens => ({
      ...stored,
      ...defined({
        client: token === undefined && stored.client === undefined ? newToken() : undefined,
        admin: adminToken === undefined && stored.admin === undefined ? newToken() : undefined
      })
    })
    const known = inForce(yield* own)
    if (known !== undefined) return known
    const made = inForce(yield* completeOwn(wanted))
    return made ?? (yield* Effect.dieMessage("both tokens were made"))
  })
