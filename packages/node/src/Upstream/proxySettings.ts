/**
 * Proxies of the environment (decision D26c), in every form that curl takes. Pure.
 *
 * - `https_proxy`, else `all_proxy`, else `http_proxy` for https; `http_proxy`, else `all_proxy`
 *   for
 *   http; each also in capitals, which come second.
 * - `[scheme://][user[:password]@]host[:port]`; without a scheme it is an HTTP proxy, without a
 *   port
 *   it is 1080, or 443 for https.
 * - `no_proxy` names what is reached directly; this machine itself always is: a credential would
 *   leave it in the clear.
 */
import { isLoopback } from "@clawdbot/domain/Auth/upstreamOrigin"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { isExempt } from "./noProxy.ts"
import { ProxyUnusable } from "./ProxyUnusable.ts"

/** Variables by name. */
export type Variables = Readonly<Record<string, string | undefined>>

const schemes = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"] as const
/** How a proxy is spoken to; with `socks4a` and `socks5h` it looks names up itself. */
export type ProxyScheme = (typeof schemes)[number]

/** A proxy. `host` without brackets. */
export interface Proxy {
  readonly scheme: ProxyScheme
  readonly host: string
  readonly port: number
  readonly login: { readonly user: string; readonly password: Redacted.Redacted } | undefined
}

/** Where a connection is to lead. `hostname` as in a URL. */
export interface Origin {
  readonly protocol: string
  readonly hostname: string
  readonly port: number
}

/** The proxy for an origin; undefined where it is reached directly. */
export type ProxyFor = (origin: Origin) => Proxy | undefined

const form =
  /^(?:([a-z][a-z0-9+.-]*):\/\/)?(?:(.*)@)?(\[[0-9a-f:.]+\]|[^:/?#@[\]\s]+)(?::(\d{1,5}))?\/?$/i

const isScheme = (text: string): text is ProxyScheme => schemes.some((scheme) => scheme === text)

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    // A `%` that is part of the password itself.
    return text
  }
}

const loginOf = (text: string | undefined): Proxy["login"] => {
  if (text === undefined || text === "") return undefined
  const cut = text.indexOf(":")
  const user = decoded(cut < 0 ? text : text.slice(0, cut))
  return { user, password: Redacted.make(cut < 0 ? "" : decoded(text.slice(cut + 1))) }
}

/** A proxy from the text of a variable, or what is wrong with it. */
export const parse = (text: string): Either.Either<Proxy, string> => {
  const [whole, named = "http", login, host = "", port] = form.exec(text.trim()) ?? []
  if (whole === undefined)
    return Either.left("it is not an address of the form [scheme://][user:password@]host[:port]")
  const scheme = named.toLowerCase()
  if (!isScheme(scheme))
    return Either.left(`the scheme ${scheme}:// is not supported; use one of ${schemes.join(", ")}`)
  const usual = scheme === "https" ? 443 : 1080
  const number = port === undefined ? usual : Number(port)
  if (number < 1 || number > 65_535) return Either.left(`${number} is not a port`)
  return Either.right({
    scheme,
    host: host.replace(/^\[|\]$/g, ""),
    port: number,
    login: loginOf(login)
  })
}

interface Found {
  readonly name: string
  readonly value: string
}

const find = (variables: Variables, names: ReadonlyArray<string>): Found | undefined => {
  for (const lower of names) {
    for (const name of [lower, lower.toUpperCase()]) {
      const value = variables[name]?.trim()
      if (value !== undefined && value !== "") return { name, value }
    }
  }
  return undefined
}

const proxyOf = (found: Found | undefined): Either.Either<Proxy | undefined, ProxyUnusable> => {
  if (found === undefined) return Either.right(undefined)
  return Either.mapLeft(
    parse(found.value),
    (problem) => new ProxyUnusable({ variable: found.name, problem })
  )
}

/**
 * Which proxy an origin is reached through; undefined where there is none for anything. Fails where
 * a variable that would be used cannot be.
 */
export const fromVariables = (
  variables: Variables
): Either.Either<ProxyFor | undefined, ProxyUnusable> =>
  Either.gen(function* () {
    const https = yield* proxyOf(find(variables, ["https_proxy", "all_proxy", "http_proxy"]))
    const http = yield* proxyOf(find(variables, ["http_proxy", "all_proxy"]))
    if (https === undefined && http === undefined) return undefined
    const noProxy = find(variables, ["no_proxy"])?.value
    return (origin) => {
      if (isLoopback(origin.hostname.toLowerCase()) || isExempt(noProxy, origin)) return undefined
      if (origin.protocol === "https:") return https
      return http
    }
  })
