/**
 * `NO_PROXY` as curl reads it: names separated by commas or blanks, each of which covers itself and
 * everything below it; addresses and address ranges; `*` for everything. A port that stands behind
 * a name (which curl does not know) limits it to that port. Pure.
 */
import { BlockList, isIP } from "node:net"

/** A host, as a URL names it, without brackets, and its port. */
export interface Target {
  readonly hostname: string
  readonly port: number
}

const bare = (host: string): string =>
  host
    .toLowerCase()
    .replace(/^\[|\]$/g, "")
    .replace(/\.$/, "")

const family = (address: string): "ipv4" | "ipv6" => {
  if (isIP(address) === 6) return "ipv6"
  return "ipv4"
}

const isInRange = (address: string, range: string): boolean => {
  const [net = "", bits = ""] = range.split("/")
  const prefix = Number(bits)
  const most = isIP(net) === 6 ? 128 : 32
  if (isIP(net) === 0 || isIP(net) !== isIP(address) || !/^\d+$/.test(bits) || prefix > most)
    return false
  const list = new BlockList()
  list.addSubnet(net, prefix, family(net))
  return list.check(address, family(address))
}

const matches = (entry: string, { hostname, port }: Target): boolean => {
  if (entry === "*") return true
  if (entry.includes("/"))
    return isInRange(hostname, bare(entry.split("/")[0] ?? "") + entry.slice(entry.indexOf("/")))
  const [, named = entry, limit] = /^(\[.*\]|[^:]+):(\d+)$/.exec(entry) ?? []
  if (limit !== undefined && Number(limit) !== port) return false
  const name = bare(named).replace(/^\*?\./, "")
  if (name === "") return false
  return hostname === name || (isIP(hostname) === 0 && hostname.endsWith(`.${name}`))
}

/** Whether a target is reached without a proxy. */
export const isExempt = (noProxy: string | undefined, { hostname, port }: Target): boolean =>
  (noProxy ?? "")
    .split(/[\s,]+/)
    .some((entry) => entry !== "" && matches(entry, { hostname: bare(hostname), port }))
