/**
 * What a limit applies to (decision D12): the whole credential, a model family, one of the
 * provider's limits, or one of those for one family. Written as one text: `credential`,
 * `model:opus`, `5h`, `7d:opus`, `input-tokens:sonnet`.
 */

/** The provider's separate limits. */
export type Limit = "requests" | "tokens" | "input-tokens" | "output-tokens" | "5h" | "7d"

const limits: ReadonlyArray<string> = [
  "requests",
  "tokens",
  "input-tokens",
  "output-tokens",
  "5h",
  "7d"
]

/** A scope as it is stored. */
export type Scope = "credential" | `model:${string}` | Limit | `${Limit}:${string}`

/** The whole credential. */
export const credential: Scope = "credential"

/** A scope read from a file, or undefined when this version does not know it. */
export const parse = (text: string): Scope | undefined => {
  if (text === "credential") return text
  const at = text.indexOf(":")
  const head = at < 0 ? text : text.slice(0, at)
  if (at >= 0 && at === text.length - 1) return undefined
  // The two checks above are what the template literal type says.
  return (head === "model" && at > 0) || limits.includes(head) ? (text as Scope) : undefined
}

/** The model family a scope is limited to, or undefined when it covers every model. */
export const family = (scope: Scope): string | undefined => {
  const at = scope.indexOf(":")
  return at < 0 ? undefined : scope.slice(at + 1)
}

/** Whether a limit of this scope stands in the way of a request for a model of that family. */
export const covers = (scope: Scope, requested: string | undefined): boolean => {
  const own = family(scope)
  return own === undefined || (requested !== undefined && own === requested)
}

const families = ["opus", "sonnet", "haiku", "fable", "mythos"]

/** Worked out once for each name; names are made up by clients, so not all are kept. */
const known = new Map<string, string>()
const mostKnown = 256

/**
 * The family of a model id (`claude-opus-4-5-20251101` → `opus`); an unknown one is its own family,
 * without its date.
 */
export const modelFamily = (model: string): string => {
  const before = known.get(model)
  if (before !== undefined) return before
  const plain = model.trim().toLowerCase().replace(/^.*\//, "")
  const found = families.find((name) => plain.includes(name)) ?? plain.replace(/-\d{8}$/, "")
  if (known.size >= mostKnown) known.clear()
  known.set(model, found)
  return found
}
