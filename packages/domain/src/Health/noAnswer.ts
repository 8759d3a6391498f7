/** A request that got no answer, by the code that the client library or the system gives. Pure. */
import { classifyNoAnswer } from "./classify.ts"
import type { UpstreamFailure } from "./UpstreamFailure.ts"

/** So many causes of causes are looked at: client libraries wrap what the system says. */
const maxDepth = 5

const causeOf = (error: unknown): unknown => {
  if (typeof error !== "object" || error === null) return undefined
  if ("cause" in error) return error.cause
  return undefined
}

/** The code that is nearest: `ECONNRESET`, `UND_ERR_SOCKET`. */
const codeOf = (error: unknown): string => {
  let at = error
  for (let depth = 0; depth < maxDepth && at !== undefined; depth++) {
    if (at instanceof Error && "code" in at && typeof at.code === "string") return at.code
    at = causeOf(at)
  }
  return "UNKNOWN"
}

/** Whether the other side closed the connection, as it may do with one that was kept open. */
export const isClosedUnread = (error: unknown): boolean =>
  ["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"].includes(codeOf(error))

/** Whether an answer's length and its bytes disagree. */
export const isLengthMismatch = (error: unknown): boolean =>
  codeOf(error) === "UND_ERR_RES_CONTENT_LENGTH_MISMATCH"

/** A connection that failed. */
export const noAnswer = (error: unknown): UpstreamFailure => {
  const code = codeOf(error)
  if (/TIMEOUT|ETIMEDOUT/.test(code)) return classifyNoAnswer("timeout", code)
  if (code === "ECONNREFUSED") return classifyNoAnswer("refused", code)
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return classifyNoAnswer("dns", code)
  if (/CERT|TLS|SSL/.test(code)) return classifyNoAnswer("tls", code)
  return classifyNoAnswer("reset", code)
}
