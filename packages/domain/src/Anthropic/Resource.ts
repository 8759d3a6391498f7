/**
 * What the provider keeps for the workspace of the credential that created it: message batches and
 * files (anthropic-protocol.md §7). For another credential they do not exist, so every later
 * request about one has to go out with its creator (decision D16).
 */
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

/** Whether a text can be the id of something that was created. */
export const isId = (text: string): boolean => id.test(text)
