/**
 * The few facts the gateway needs of a request's body: `model`, `stream`, `speed` and
 * `metadata.user_id`, found in one pass over the bytes, without building the document (a Claude Code request has
 * hundreds of kilobytes). Only the top level counts: the same words inside messages are text. Of a
 * body that is not valid JSON only what stands before the fault can be found; the provider says
 * what is wrong.
 */
import { members, skipBlanks, skipValue, text } from "./jsonBytes.ts"

/** What was found. */
export interface RequestFacts {
  readonly model?: string
  readonly stream?: boolean
  /** Whether it asks for fast mode, which has limits of its own. */
  readonly fast?: boolean
  readonly userId?: string
}

/** The keys that matter. */
const wanted = ["model", "stream", "speed", "metadata"]
const wantedInMetadata = ["user_id"]

/** The first byte of `true`. */
const letterT = 0x74

const userIdOf = (body: Uint8Array, at: number): string | undefined => {
  let found: string | undefined
  const visit = (key: string | undefined, start: number): number => {
    const end = skipValue(body, start)
    if (key === "user_id" && end >= 0) found = text(body, start, end)
    return end
  }
  members(body, at, visit, wantedInMetadata)
  return found
}

/** The facts of a body. Of a key that comes twice the last one counts, as for the provider. */
export const scan = (body: Uint8Array): RequestFacts => {
  let model: string | undefined
  let stream: boolean | undefined
  let fast: boolean | undefined
  let userId: string | undefined
  const visit = (key: string | undefined, start: number): number => {
    const end = skipValue(body, start)
    if (end < 0) return -1
    if (key === "model") model = text(body, start, end)
    else if (key === "stream") stream = body[start] === letterT
    else if (key === "speed") fast = text(body, start, end) === "fast"
    else if (key === "metadata") userId = userIdOf(body, start)
    return end
  }
  members(body, skipBlanks(body, 0), visit, wanted)
  const facts: { -readonly [Key in keyof RequestFacts]: RequestFacts[Key] } = {}
  if (model !== undefined) facts.model = model
  if (stream !== undefined) facts.stream = stream
  if (fast !== undefined) facts.fast = fast
  if (userId !== undefined) facts.userId = userId
  return facts
}
