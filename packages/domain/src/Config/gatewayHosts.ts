/**
 * The names of `gateway.hosts` (decision D40): exact names, compared with what a client's `Host`
 * says. Pure.
 */
import type { Config } from "./Config.ts"

/** The names that count, in lower case, and the entries that no `Host` can ever equal. */
export interface GatewayHosts {
  readonly names: ReadonlyArray<string>
  readonly unusable: ReadonlyArray<string>
}

/** A host name or an address, as a `Host` line has it without the port. */
const name = /^[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?$|^[0-9a-f:]*:[0-9a-f:.]+$/

/** People paste addresses: what belongs to a URL and not to its host is taken off. */
const hostOf = (entry: string): string => {
  const authority = entry
    .trim()
    .toLowerCase()
    .replace(/^https?:\/\//, "")
    .replace(/\/.*$/, "")
  const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(authority)?.[1]
  return bracketed ?? authority.replace(/^([^:]*):\d+$/, "$1").replace(/\.$/, "")
}

/** The hosts of a config. */
export const gatewayHosts = (config: Config): GatewayHosts => {
  const names: Array<string> = []
  const unusable: Array<string> = []
  for (const entry of config.gateway?.hosts ?? []) {
    const host = hostOf(entry)
    if (name.test(host)) names.push(host)
    else unusable.push(entry)
  }
  return { names, unusable }
}

/** What to tell about entries that do nothing. */
export const warnings = (config: Config): ReadonlyArray<string> =>
  gatewayHosts(config).unusable.map(
    (entry) =>
      `gateway.hosts: "${entry}" is not an exact host name and matches no request; ` +
      'list each name on its own, such as "claude.home"'
  )
