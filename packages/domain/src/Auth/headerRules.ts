/**
 * Which headers cross from a client to the provider and back (decisions D4, D27, D30). Everything
 * not named here passes as it is. Pure.
 */
import { clientCredentialHeaders } from "../Anthropic/AuthHeaders.ts"
import type { Headers } from "../Credential.ts"

/** About one connection, not about the message (RFC 9110 §7.6.1). */
export const hopByHop: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade"
])

/** Set anew for the upstream, or left behind by whoever stands before the gateway. */
export const residue: ReadonlySet<string> = new Set([
  "host",
  "content-length",
  "expect",
  "forwarded",
  "via",
  "x-real-ip",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-port",
  "x-forwarded-proto",
  "x-forwarded-server"
])

/** How headers for this program begin. */
export const ours = "x-clawdbot-"

const kept = (
  headers: Headers,
  isKept: (name: string) => boolean
): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => {
      const lower = name.toLowerCase()
      if (value === undefined || lower.startsWith(ours) || !isKept(lower)) return []
      return [[lower, value] as const]
    })
  )

/**
 * The headers of a request for the provider, without a credential and without betas, which come
 * with it. The answer is looked at while it passes, so it must not come compressed.
 */
export const towardsUpstream = (headers: Headers): Readonly<Record<string, string>> => ({
  ...kept(
    headers,
    (name) =>
      !clientCredentialHeaders.has(name) &&
      !hopByHop.has(name) &&
      !residue.has(name) &&
      name !== "anthropic-beta"
  ),
  "accept-encoding": "identity"
})

/** The headers of an answer for a client that gets its body as a stream. */
export const towardsClient = (headers: Headers): Readonly<Record<string, string>> =>
  kept(headers, (name) => !hopByHop.has(name) && name !== "content-length")
