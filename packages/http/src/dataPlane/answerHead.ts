/** What the status and headers of an upstream's answer become: the client's, and known limits. */
import type { RequestShape } from "@clawdbot/domain/Health/RequestTarget"
import { readUsage } from "@clawdbot/domain/Health/readUsage"
import type { Window } from "@clawdbot/domain/Health/Window"
import { namesLimits, reader, toClient, without } from "./forwardHeaders.ts"
import type { RelayRequest } from "./RelayRequest.ts"

const noWindows: ReadonlyArray<Window> = []

/** What is told of how far a plan is used. */
const planPrefix = "anthropic-ratelimit-unified-"

const namesPlan = (headers: ReadonlyArray<string>): boolean => {
  // Nearly no answer of a key names any limits, and none of a plan without them.
  if (!namesLimits(headers)) return false
  return headers.some((text, index) => index % 2 === 0 && text.toLowerCase().startsWith(planPrefix))
}

/**
 * The headers for the client, as a flat list of names and values; `added` go last. `limitsOf` gives
 * the client's own limits, which a good answer shows where the upstream showed none.
 */
export const clientHeaders = (
  status: number,
  headers: ReadonlyArray<string>,
  added: Readonly<Record<string, string>>,
  limitsOf: RelayRequest["limitsOf"]
): Array<string> => {
  const kept = toClient(headers, added)
  if (status === 200 && limitsOf !== undefined && !namesPlan(headers)) {
    const limits = limitsOf()
    if (limits !== undefined) kept.push(...limits)
  }
  if (status === 204) return without(kept, "content-length")
  return kept
}

/** The limits that the headers of a good answer name. `now` gives epoch ms. */
export const windowsOf = (
  headers: ReadonlyArray<string>,
  asked: RequestShape,
  now: () => number
): ReadonlyArray<Window> => {
  if (!namesLimits(headers)) return noWindows
  return readUsage(reader(headers), asked, now())
}
