/**
 * What the provider keeps for the workspace of the credential that created it, as far as paths say
 * it: batches, files, skills, sessions, agents, environments, memory stores, vaults and whatever
 * else has a collection below `/v1`. For another credential they do not exist, so every later
 * request about one has to go out with its creator (decisions D16 and D35).
 */

/** An id as the provider makes them; anything else is not looked for. */
const id = /^[\w-]{1,200}$/

/** Whether a text can be the id of something that was created. */
export const isId = (text: string): boolean => id.test(text)

/**
 * An id as it is made for each thing, such as `file_011CNha8iCJcU1wXNR6q4V8w`. The provider's own
 * skills have short names (`pptx`), and belong to no workspace.
 */
const madeId = /^[a-z]+_[A-Za-z0-9-]{6,190}$/

/** Words of paths and bodies, such as `count_tokens`, are shorter, and have no digit. */
const longOrNumbered = /\d|.{20}/

/** Whether a text is so much like an id that it is worth asking others for. */
export const isMadeId = (text: string): boolean => madeId.test(text) && longOrNumbered.test(text)

/** A collection, or something in one, with its name and the id if there is one. */
const route = /^\/v1\/(messages\/batches|[a-z][a-z_]*)(?:\/([^/?]+))?/
const collection = /^\/v1\/(?:messages\/batches|[a-z][a-z_]*)\/?(?:\?|$)/

/**
 * Below these nothing is kept for a workspace: messages name what they need in their bodies, models
 * are the same for everybody, and organisations are administered by keys of their own.
 */
const stateless: ReadonlySet<string> = new Set(["messages", "complete", "models", "organizations"])

/** What is created, by its collection; kinds that are not listed are `resource`. */
const kinds: Readonly<Record<string, string>> = { "messages/batches": "batch", files: "file" }

const kindOf = (name: string): string | undefined => {
  if (stateless.has(name)) return undefined
  return kinds[name] ?? "resource"
}

/** Whether a path is that of a message, which names no workspace. */
const isMessage = (path: string): boolean =>
  path === "/v1/messages" || path.startsWith("/v1/messages?")

/** The kind of thing that a request creates, or undefined. `path` may have a query. */
export const creates = (method: string, path: string): string | undefined => {
  if (method === "POST" && !isMessage(path) && collection.test(path))
    return kindOf(route.exec(path)?.[1] ?? "")
  return undefined
}

/** The one thing that a path is about, or undefined. */
export const namedIn = (
  path: string
): { readonly kind: string; readonly id: string } | undefined => {
  if (isMessage(path)) return undefined
  const [, name = "", named] = route.exec(path) ?? []
  const kind = named === undefined ? undefined : kindOf(name)
  if (kind !== undefined && named !== undefined && madeId.test(named)) return { kind, id: named }
  return undefined
}

/**
 * Everything in a path that may be an id, in order: its steps, then what its query asks by
 * (`agent_id`, `scope_id`, the `after_id` of a page).
 */
export const idsIn = (path: string): ReadonlyArray<string> => {
  if (isMessage(path)) return []
  const [steps = "", query = ""] = path.split("?", 2)
  const values = query.split("&").map((part) => part.slice(part.indexOf("=") + 1))
  return [...steps.split("/"), ...values].filter((text) => id.test(text))
}
