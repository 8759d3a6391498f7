/**
 * Where a provider's requests go, and with it the one place a credential may be sent to (decision
 * D4). Pure.
 */

import * as Either from "effect/Either"
import type { Config } from "../Config/Config.ts"
import { ConfigInvalid } from "../Config/ConfigError.ts"
import { defaults } from "../Config/defaults.ts"
import { providerEntry } from "../Config/provider.ts"
import { ifDefined } from "../Document/defined.ts"
import * as ProviderId from "../Profile/ProviderId.ts"
import { textOf } from "../Text/textIf.ts"

/** Where requests go: `origin` without a trailing slash, `basePath` empty or starting with one. */
export interface Upstream {
  readonly origin: string
  readonly basePath: string
}

const origins: Readonly<Record<string, string>> = {
  [ProviderId.anthropic]: defaults["models.providers.anthropic.baseUrl"]
}

const shape = /^(https?):\/\/(\[[0-9a-f:]+\]|[^/:?#@\s]+)(?::(\d{1,5}))?(\/[^?#\s]*)?$/i

/** Whether a host, as a URL names it, is this machine itself. */
export const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "[::1]" || /^127(\.\d{1,3}){3}$/.test(host)

/** A base URL in its parts, or what is wrong with it. */
export const parseBaseUrl = (text: string): Either.Either<Upstream, string> => {
  const match = shape.exec(text.trim())
  if (match === null)
    return Either.left(
      "must be an absolute URL without user, query or fragment, such as https://api.anthropic.com"
    )
  const [, scheme = "", host = "", port, path = ""] = match
  if (scheme.toLowerCase() === "http" && !isLoopback(host.toLowerCase())) {
    return Either.left(
      "plain http is allowed only to loopback; anywhere else the credential would be " +
        "sent unencrypted"
    )
  }
  return Either.right({
    origin: `${scheme.toLowerCase()}://${host.toLowerCase()}${textOf(port, (port) => `:${port}`)}`,
    basePath: path.replace(/\/+$/, "")
  })
}

const version = /\/v1$/

/**
 * The same address without `/v1` at its end: requests bring it in their path, and many pages write
 * a base URL with it.
 */
const withoutVersion = ({ basePath, origin }: Upstream): Upstream => ({
  origin,
  basePath: basePath.replace(version, "").replace(/\/+$/, "")
})

/**
 * What to tell of a `baseUrl` that is read as something else than it says; undefined for others.
 */
export const baseUrlNotice = (
  config: Config,
  provider: ProviderId.ProviderId
): string | undefined => {
  const configured = providerEntry(config, provider)?.baseUrl
  const parsed = ifDefined(configured, (configured) =>
    Either.getOrUndefined(parseBaseUrl(configured))
  )
  if (parsed === undefined || !version.test(parsed.basePath)) return undefined
  const { basePath, origin } = withoutVersion(parsed)
  return (
    `models.providers.${provider}.baseUrl ends in /v1, which every request path already ` +
    `has; ${origin}${basePath} is used`
  )
}

/**
 * Whether requests go to the provider itself, as far as the config says. Another service behind
 * `baseUrl` has secrets of forms that nobody here knows (decision D47).
 */
export const isOwnUpstream = (config: Config, provider: ProviderId.ProviderId): boolean => {
  const configured = providerEntry(config, provider)?.baseUrl
  if (configured === undefined) return true
  const parsed = parseBaseUrl(configured)
  return Either.isRight(parsed) && parsed.right.origin === origins[provider]
}

/** Whether requests to a provider go to an address; undefined: to the provider's own. */
export const isUpstreamAt = (
  config: Config,
  provider: ProviderId.ProviderId,
  baseUrl: string | undefined
): boolean => {
  const address = baseUrl ?? origins[provider]
  const wanted = address === undefined ? undefined : Either.getOrUndefined(parseBaseUrl(address))
  const used = Either.getOrUndefined(upstream(config, provider, ""))
  if (wanted === undefined || used === undefined) return false
  const { basePath, origin } = withoutVersion(wanted)
  return origin === used.origin && basePath === used.basePath
}

/** Whether there is any address for a provider, the config's or its own. */
export const hasAddress = (config: Config, provider: ProviderId.ProviderId): boolean =>
  (providerEntry(config, provider)?.baseUrl ?? origins[provider]) !== undefined

/** The upstream of a provider: `models.providers.<id>.baseUrl`, else the provider's own. */
export const upstream = (
  config: Config,
  provider: ProviderId.ProviderId,
  configPath: string
): Either.Either<Upstream, ConfigInvalid> => {
  const configured = providerEntry(config, provider)?.baseUrl ?? origins[provider]
  const invalid = (problem: string) =>
    new ConfigInvalid({
      path: configPath,
      issues: [
        {
          path: `models.providers.${provider}.baseUrl`,
          problem,
          cure:
            `clawdbot config set models.providers.${provider}.baseUrl ` +
            `${origins[provider] ?? "URL"}`
        }
      ]
    })
  if (configured === undefined)
    return Either.left(
      invalid("is not set, and clawdbot knows no default " + "address for this provider")
    )
  return Either.mapBoth(parseBaseUrl(configured), { onLeft: invalid, onRight: withoutVersion })
}
