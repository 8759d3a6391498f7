/**
 * Names the versions of secrets by a keyed hash (decision D50). The key stays in the state folder:
 * the same secret has another name on another machine, and no name tells anything about a secret.
 */
import { createHmac } from "node:crypto"
import { PublicFingerprint } from "@clawdbot/domain/Auth/PublicFingerprint"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { keyFile } from "../File/keyFile.ts"

/** Where the state folder cannot be written, secrets have no names. */
export const make = Effect.map(StatePaths, ({ stateDir }) => {
  const key = keyFile(`${stateDir}/run/fingerprint.key`)
  const of = (secretFingerprint: string): string | undefined => {
    const secret = key()
    if (secret === undefined) return undefined
    return createHmac("sha256", secret).update(secretFingerprint).digest("hex").slice(0, 32)
  }
  return { of }
})

/** The layer of {@link make}. */
export const layer = Layer.effect(PublicFingerprint, make)
