/** Which headers cross the gateway, in both directions (decisions D4, D27, D30, S5). Everything not named here passes as it is. */
import * as AuthHeaders from "@clawdbot/domain/Anthropic/AuthHeaders"
import type { CredentialUse } from "@clawdbot/domain/Auth/CredentialUse"
import * as Redacted from "effect/Redacted"

/** About one connection, not about the message (RFC 9110 §7.6.1). */
const hopByHop: ReadonlySet<string> = new Set([
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
const residue: ReadonlySet<string> = new Set([
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

const ours = "x-clawdbot-"

/** Encodings in which an error can be read here. One that cannot would hide what the provider says about a credential. */
const readableEncodings: ReadonlySet<string> = new Set(["gzip", "x-gzip", "br", "deflate", "identity"])

const readableOnly = (accepted: string): string => {
  const kept = accepted
    .split(",")
    .filter((part) => readableEncodings.has((part.split(";", 1)[0] ?? "").trim().toLowerCase()))
  return kept.length === 0 ? "identity" : kept.join(",").trim()
}

const namedByConnection = (raw: ReadonlyArray<string>): ReadonlySet<string> => {
  const names = new Set<string>()
  for (let index = 0; index < raw.length; index += 2) {
    if (raw[index]?.toLowerCase() !== "connection") continue
    for (const name of (raw[index + 1] ?? "").split(",")) names.add(name.trim().toLowerCase())
  }
  return names
}

/**
 * The headers for the upstream, as a flat list of names and values. `raw` is what the client sent; `configured` are
 * `models.providers.<id>.headers`, which replace the client's of the same name, except that betas are merged. A configured header never
 * carries a credential: there is exactly one on a request.
 */
export const toUpstream = (options: {
  readonly raw: ReadonlyArray<string>
  readonly configured: Readonly<Record<string, string>>
  readonly use: CredentialUse
  /** Whether the answer will be looked at while it passes: then it must not come compressed. */
  readonly identity: boolean
}): Array<string> => {
  const { configured, raw, use } = options
  const dropped = namedByConnection(raw)
  const replaced = new Set(Object.keys(configured).map((name) => name.toLowerCase()))
  const betas: Array<string> = []
  const headers: Array<string> = []
  const add = (name: string, value: string, fromConfig: boolean) => {
    const lower = name.toLowerCase()
    if (lower === "anthropic-beta") {
      betas.push(value)
      return
    }
    if (AuthHeaders.clientCredentialHeaders.has(lower) || hopByHop.has(lower) || residue.has(lower)) return
    if (lower.startsWith(ours) || dropped.has(lower)) return
    if (!fromConfig && replaced.has(lower)) return
    if (lower !== "accept-encoding") headers.push(name, value)
    else if (!options.identity) headers.push(name, readableOnly(value))
  }
  for (let index = 0; index < raw.length; index += 2) add(raw[index] ?? "", raw[index + 1] ?? "", false)
  for (const [name, value] of Object.entries(configured)) add(name, value, true)
  if (options.identity) headers.push("accept-encoding", "identity")
  headers.push("anthropic-beta", AuthHeaders.betas(use.kind, betas))
  headers.push(...Redacted.value(AuthHeaders.authorization(use)))
  return headers
}

/** The headers for the client, from the upstream's raw ones; the names keep their spelling and doubles stay doubles. */
export const toClient = (raw: ReadonlyArray<Buffer>, added: Readonly<Record<string, string>>): Array<string> => {
  const headers: Array<string> = []
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index]?.toString("latin1") ?? ""
    const lower = name.toLowerCase()
    if (!hopByHop.has(lower) && !lower.startsWith(ours)) headers.push(name, raw[index + 1]?.toString("latin1") ?? "")
  }
  for (const [name, value] of Object.entries(added)) headers.push(name, value)
  return headers
}

/** Reads one header of a raw list by its lower-case name. */
export const reader =
  (raw: ReadonlyArray<Buffer>) =>
  (name: string): string | undefined => {
    for (let index = 0; index < raw.length; index += 2) {
      const candidate = raw[index]
      if (candidate?.length === name.length && candidate.toString("latin1").toLowerCase() === name) {
        return raw[index + 1]?.toString("latin1")
      }
    }
    return undefined
  }
