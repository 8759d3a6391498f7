/**
 * What the provider keeps for the workspace of the credential that created it: message batches and
 * files (anthropic-protocol.md §7). For another credential they do not exist, so every later
 * request about one has to go out with its creator (decision D16).
 */
import { members, skipBlanks, skipValue, text } from "./jsonBytes.ts"

/** An id as the provider makes them; anything else is not looked for. */
const id = /^[\w-]{1,200}$/

const collection = /^\/v1\/(?:messages\/batches|files)\/?(?:\?|$)/
const member = /^\/v1\/(?:messages\/batches|files)\/([^/?]+)/

/** Whether a request makes a batch or a file. `path` may have a query. */
export const creates = (method: string, path: string): boolean =>
  method === "POST" && collection.test(path)

/** The batch or file that a path is about, or undefined. */
export const namedIn = (path: string): string | undefined => {
  const found = member.exec(path)?.[1]
  return found !== undefined && id.test(found) ? found : undefined
}

/**
 * The id in the answer to a request that {@link creates}, as soon as enough of its bytes are there.
 */
export const createdId = (answer: Uint8Array): string | undefined => {
  let found: string | undefined
  members(answer, skipBlanks(answer, 0), (key, start) => {
    const end = skipValue(answer, start)
    if (end >= 0 && key === "id") found = text(answer, start, end)
    return found === undefined ? end : -1
  })
  return found !== undefined && id.test(found) ? found : undefined
}
