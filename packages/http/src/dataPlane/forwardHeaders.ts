/**
 * Which headers cross the gateway, in both directions (decisions D4, D27, D30, S5). Everything not
 * named here passes as it is.
 */
import * as AuthHeaders from "@clawdbot/domain/Anthropic/AuthHeaders"
import type { CredentialUse } from "@clawdbot/domain/Auth/CredentialUse"
import { hopByHop, ours, residue } from "@clawdbot/domain/Auth/headerRules"
import { fallbackHeader } from "@clawdbot/domain/Auth/modelFallback"
import { boundedMemo } from "@clawdbot/domain/Bounded/boundedMemo"
import { ownLimits } from "@clawdbot/domain/Budget/limitHeaders"
import type { HeaderReader } from "@clawdbot/domain/Health/answerHeaders"
import * as Redacted from "effect/Redacted"

/**
 * Encodings in which an error can be read here. One that cannot would hide what the provider says
 * about a credential.
 */
const readableEncodings: ReadonlySet<string> = new Set([
  "gzip",
  "x-gzip",
  "br",
  "deflate",
  "identity"
])

const readableOnly = (accepted: string): string => {
  const kept = accepted
    .split(",")
    .filter((part) => readableEncodings.has((part.split(";", 1)[0] ?? "").trim().toLowerCase()))
  if (kept.length === 0) return "identity"
  return kept.join(",").trim()
}

/**
 * What happens to a header of a client on its way to the upstream, or of the upstream on its way to
 * the client.
 */
type Treatment = "pass" | "drop" | "betas" | "encodings"

/** So many spellings of header names are remembered: a request has a few dozen, most the same. */
const maxHeaderNames = 1_000

const treatmentTowardsUpstream = (lower: string): Treatment => {
  if (lower === "anthropic-beta") return "betas"
  if (lower === "accept-encoding") return "encodings"
  const stays =
    AuthHeaders.clientCredentialHeaders.has(lower) || hopByHop.has(lower) || residue.has(lower)
  if (stays || lower.startsWith(ours)) return "drop"
  return "pass"
}

/**
 * With the name as it was first spelled so: the parser makes a new text of each name of each
 * request, which undici would have to look up among all texts again.
 */
const towardsUpstream = boundedMemo(
  (name) => ({ name, treatment: treatmentTowardsUpstream(name.toLowerCase()) }),
  maxHeaderNames
)

const towardsClient = boundedMemo((name): Treatment => {
  const lower = name.toLowerCase()
  // Of a gateway before this one: without them a third one would take its limits for the
  // provider's, and a client would not know that another model answered.
  if (lower === ownLimits || lower === fallbackHeader) return "pass"
  if (hopByHop.has(lower) || lower.startsWith(ours)) return "drop"
  return "pass"
}, maxHeaderNames)

const none: ReadonlySet<string> = new Set()

/** The headers that a `connection` header names besides itself. */
const namedByConnection = (raw: ReadonlyArray<string>): ReadonlySet<string> => {
  let names: Set<string> | undefined
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index]
    if (name?.length !== "connection".length || name.toLowerCase() !== "connection") continue
    const value = raw[index + 1] ?? ""
    if (value === "keep-alive" || value === "close") continue
    names ??= new Set()
    for (const listed of value.split(",")) names.add(listed.trim().toLowerCase())
  }
  return names ?? none
}

/**
 * The headers for the upstream, as a flat list of names and values. `raw` is what the client sent;
 * `configured` are `models.providers.<id>.headers`, which replace the client's of the same name,
 * except that betas are merged. A configured header never carries a credential: there is exactly
 * one on a request.
 */
export const toUpstream = (options: {
  readonly raw: ReadonlyArray<string>
  readonly configured: Readonly<Record<string, string>>
  readonly use: CredentialUse
  /** Whether the answer will be looked at while it passes: then it must not come compressed. */
  readonly identity: boolean
}): Array<string> => {
  const { configured, identity, raw, use } = options
  const dropped = namedByConnection(raw)
  const own = Object.keys(configured)
  const replaced = own.length === 0 ? none : new Set(own.map((name) => name.toLowerCase()))
  const betas: Array<string> = []
  const headers: Array<string> = []
  const add = (spelled: string, value: string, without: ReadonlySet<string>) => {
    const { name, treatment } = towardsUpstream(spelled)
    if (treatment === "drop") return
    if (treatment === "betas") {
      betas.push(value)
      return
    }
    if (
      dropped.size + without.size > 0 &&
      (dropped.has(name.toLowerCase()) || without.has(name.toLowerCase()))
    )
      return
    if (treatment === "pass") headers.push(name, value)
    else if (!identity) headers.push(name, readableOnly(value))
  }
  for (let index = 0; index < raw.length; index += 2)
    add(raw[index] ?? "", raw[index + 1] ?? "", replaced)
  for (const name of own) add(name, configured[name] ?? "", none)
  if (identity) headers.push("accept-encoding", "identity")
  const [header, value] = Redacted.value(AuthHeaders.authorization(use))
  headers.push("anthropic-beta", AuthHeaders.betas(use.kind, betas), header, value)
  return headers
}

/** The upstream's raw headers as texts: names and values in turn. */
export const asTexts = (raw: ReadonlyArray<Buffer>): ReadonlyArray<string> =>
  raw.map((bytes) => bytes.toString("latin1"))

/**
 * The headers for the client, from the upstream's; the names keep their spelling and doubles stay
 * doubles.
 */
export const toClient = (
  headers: ReadonlyArray<string>,
  added: Readonly<Record<string, string>>
): Array<string> => {
  const kept: Array<string> = []
  const dropped = namedByConnection(headers)
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] ?? ""
    if (towardsClient(name) === "drop" || (dropped.size > 0 && dropped.has(name.toLowerCase())))
      continue
    kept.push(name, headers[index + 1] ?? "")
  }
  for (const name in added) kept.push(name, added[name] ?? "")
  return kept
}

/** The headers but for one, by its lower-case name. */
export const without = (headers: ReadonlyArray<string>, name: string): Array<string> =>
  headers.filter((_, index) => (headers[index - (index % 2)] ?? "").toLowerCase() !== name)

/** Reads one of the upstream's headers by its lower-case name. */
export const reader =
  (headers: ReadonlyArray<string>) =>
  (name: string): string | undefined => {
    for (let index = 0; index < headers.length; index += 2) {
      const candidate = headers[index]
      if (
        candidate?.length === name.length &&
        (candidate === name || candidate.toLowerCase() === name)
      ) {
        return headers[index + 1]
      }
    }
    return undefined
  }

/** The same for an answer that is to be explained, whose headers may be unknown ones. */
export const readerOfAll = (headers: ReadonlyArray<string>): HeaderReader =>
  Object.assign(reader(headers), { names: () => headers.filter((_, index) => index % 2 === 0) })

/** How the headers begin that tell of quotas. */
const limitPrefixes = ["anthropic-ratelimit-", "anthropic-fast-"]

/** Whether an answer says anything about quotas at all. */
export const namesLimits = (headers: ReadonlyArray<string>): boolean => {
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] ?? ""
    if (name[0] !== "a" && name[0] !== "A") continue
    for (const prefix of limitPrefixes)
      if (name.length > prefix.length && name.slice(0, prefix.length).toLowerCase() === prefix)
        return true
  }
  return false
}
