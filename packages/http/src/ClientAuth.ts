/**
 * Who may use the gateway (decisions D26 and D26a). A client token opens `/v1/*` only, the admin
 * token the control plane only. Any web page can reach loopback, so `Host` and `Origin` are looked
 * at before any token.
 */

import { hash, timingSafeEqual } from "node:crypto"
import type { IncomingMessage } from "node:http"
import { isIP } from "node:net"
import { boundedMemo } from "@clawdbot/domain/Bounded/boundedMemo"
import type { Client } from "@clawdbot/domain/Client/ClientTokens"
import { ifDefined } from "@clawdbot/domain/Document/defined"
import * as Redacted from "effect/Redacted"
import { hostname } from "./requestForm.ts"

/** Tokens, ready to be compared. */
export type TokenSet = ReadonlyArray<Buffer>

/** Tokens from their secrets. */
export const tokenSet = (tokens: ReadonlyArray<Redacted.Redacted>): TokenSet =>
  tokens.map((token) => Buffer.from(Redacted.value(token)))

/**
 * In the time of its length, wherever the first difference is. Lengths are no secret: all tokens
 * that are made have the same.
 */
const isSame = (one: Buffer, other: Buffer): boolean =>
  one.length === other.length && timingSafeEqual(one, other)

const isOneOf = (text: string | ReadonlyArray<string> | undefined, tokens: TokenSet): boolean => {
  if (typeof text !== "string" || text === "") return false
  const presented = Buffer.from(text)
  let found = false
  for (const token of tokens) found = isSame(token, presented) || found
  return found
}

/**
 * Whether a request carries one of the tokens, as `x-api-key` or as a bearer. A client may send its
 * token in one header and something else in the other.
 */
export const carries = ({ headers }: IncomingMessage, tokens: TokenSet): boolean => {
  const byKey = isOneOf(headers["x-api-key"], tokens)
  const { authorization } = headers
  const bearer = ifDefined(
    authorization,
    (authorization) => /^Bearer\s+(\S+)\s*$/i.exec(authorization)?.[1]
  )
  return isOneOf(bearer, tokens) || byKey
}

/**
 * The client whose own token a request carries. Looked up by hash, so that the time taken says
 * nothing of the tokens. Each request asks: an object that hashes took several times as long.
 */
export const namedClient = (
  { headers }: IncomingMessage,
  clients: ReadonlyMap<string, Client>
): Client | undefined => {
  if (clients.size === 0) return undefined
  const bearer = /^Bearer\s+(\S+)\s*$/i.exec(headers.authorization ?? "")?.[1]
  for (const text of [headers["x-api-key"], bearer]) {
    if (typeof text !== "string" || text === "") continue
    const found = clients.get(hash("sha256", text, "hex"))
    if (found !== undefined) return found
  }
  return undefined
}

/** Whether a name or address is this machine's own, reached by nobody else. */
export const isLoopbackName = (name: string): boolean =>
  name === "localhost" || name === "::1" || (name.startsWith("127.") && isIP(name) === 4)

/** How much of a name that a client sent is repeated to it. */
const maxShownName = 100

/**
 * Whether an origin is the gateway's own. A reverse proxy with a certificate stands before a name
 * that was configured: there a browser's origin is `https`, which the gateway itself never is.
 */
const isOwnOrigin = (origin: string, authority: string | undefined, isConfigured: boolean) =>
  origin === `http://${authority}` || (isConfigured && origin === `https://${authority}`)

/** Whether a request may name a host, by what its `Host` header says. */
export type HostCheck = (named: string) => HostVerdict

interface HostVerdict {
  /** The name or address alone; undefined where the header is none. */
  readonly host: string | undefined
  /** Whether it is one of the names that were configured. */
  readonly isConfigured: boolean
  readonly isExpected: boolean
}

/**
 * Checks hosts for a server that is bound to an address. `hosts` are exact names by which clients
 * reach it, whatever it is bound to (decision D40): a reverse proxy on the same machine passes its
 * own name on.
 */
export const hostCheck = (boundTo: string, hosts: ReadonlyArray<string>): HostCheck =>
  boundedMemo((named) => {
    const host = hostname(named)
    const isConfigured = host !== undefined && hosts.includes(host)
    // A name that resolves to this machine but is not its own is how a web page gets past the
    // browser's same-origin rule.
    const isExpected =
      host !== undefined &&
      (isConfigured ||
        isLoopbackName(host) ||
        (!isLoopbackName(boundTo) && (isIP(host) !== 0 || host === boundTo.toLowerCase())))
    return { host, isConfigured, isExpected }
  })

/**
 * Why a request is refused before anything else is looked at, or undefined. A link may be
 * followed from anywhere where `isLink` says so: what it opens is proved by the link itself.
 */
export const refusal = (
  request: IncomingMessage,
  check: HostCheck,
  isLink: boolean
): string | undefined => {
  const named = request.headers.host ?? ""
  const { host, isConfigured, isExpected } = check(named)
  if (!isExpected)
    return (
      `the Host "${(host ?? named).slice(0, maxShownName)}" is not allowed; add it to ` +
      "gateway.hosts on the gateway host and restart the gateway"
    )
  const { origin } = request.headers
  if (origin !== undefined && !isOwnOrigin(origin, request.headers.host, isConfigured))
    return "requests from other web origins are not allowed"
  if (isLink) return undefined
  const site = request.headers["sec-fetch-site"]
  if (site === "cross-site" || site === "same-site")
    return "requests from other web origins are not allowed"
  return undefined
}
