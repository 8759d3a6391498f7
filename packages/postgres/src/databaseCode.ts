/** What a failure of `pg` is called. Pure. */

const field = (value: unknown, name: string): unknown => {
  if (typeof value !== "object" || value === null) return undefined
  return Reflect.get(value, name)
}

/** Failures to connect for which `pg` has a sentence and no code. */
const sentences: ReadonlyArray<readonly [RegExp, string]> = [
  [/timeout|does not respond/i, "ETIMEDOUT"],
  [/terminated|not queryable|closed/i, "ECONNRESET"],
  [/does not support SSL|SSL connection/i, "NO_TLS"],
  [/password/i, "28P01"]
]

const isCertificate = (code: string): boolean => /CERT|SELF_SIGNED|ALTNAME|UNABLE_TO/.test(code)

/** The innermost code of a failure: an SQLSTATE, or a system's. */
export const codeOf = (failure: unknown): string => {
  const inner = field(failure, "cause") ?? field(failure, "errors")
  if (inner !== undefined) return codeOf(Array.isArray(inner) ? inner[0] : inner)
  const code = field(failure, "code")
  if (typeof code === "string" && code !== "") return isCertificate(code) ? "CERTIFICATE" : code
  const message = String(field(failure, "message") ?? "")
  return sentences.find(([form]) => form.test(message))?.[1] ?? "UNKNOWN"
}

/** What the server says of a startup parameter that a pooler in transaction mode refuses. */
export const isPooler = (failure: unknown): boolean => {
  const inner = field(failure, "cause")
  if (inner !== undefined) return isPooler(inner)
  return /unsupported startup parameter/i.test(String(field(failure, "message") ?? ""))
}

/**
 * Whether the database refused a statement for what was to be stored: a value is none of its type,
 * or exceeds a limit. Nothing of it is stored then.
 */
export const isRefusal = (code: string): boolean => /^(22|54)/.test(code)

/**
 * Whether a failure says that the database cannot be used at all now, rather than that it refused
 * one statement.
 */
export const isOutage = (code: string): boolean =>
  /^(08|57P0)/.test(code) || code === "53300" || /^E[A-Z]+$/.test(code) || code === "UNKNOWN"
