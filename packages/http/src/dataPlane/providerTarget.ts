/**
 * The target of a request as the provider knows it. Clients join their base URL and the provider's
 * path by hand: a base URL that ends in a slash gives `//v1/messages`, one that ends in `/v1` gives
 * `/v1/v1/messages`. Neither can mean anything else, so both are served.
 */
import { pathOf } from "../pathOf.ts"

/**
 * Whether a path has a `.` or `..` step, which the upstream might resolve to something beside
 * `/v1/`.
 */
const leavesItsPlace = (path: string): boolean =>
  (path.includes(".") || path.includes("%")) &&
  /(^|[/\\])(\.|%2e){1,2}([/\\]|$)/i.test(path.replace(/%2f|%5c/gi, "/"))

/** The prefix of the provider's paths, with what base URLs add to it. */
const prefix = /^\/+(?:v1\/+)+/

/**
 * The path with its query, from `/v1/` on; undefined where a request is about something else. Only
 * the beginning is ever changed.
 */
export const providerTarget = (target: string): string | undefined => {
  const begins = prefix.exec(target)?.[0]
  if (begins === undefined || leavesItsPlace(pathOf(target))) return undefined
  if (begins === "/v1/") return target
  return `/v1/${target.slice(begins.length)}`
}
