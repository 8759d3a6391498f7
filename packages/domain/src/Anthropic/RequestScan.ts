/**
 * The few facts the gateway needs of a request's body: `model`, `stream`, `speed`,
 * `metadata.user_id` and what names state of a workspace, found in one pass over the bytes, without
 * building the document (a Claude Code request has hundreds of kilobytes). Only the top level
 * counts: the same words inside messages are text. Of a body that is not valid JSON only what
 * stands before the fault can be found; the provider says what is wrong.
 */
import { maxText, shownOfLong } from "../Bounded/shortText.ts"
import { members, openBracket, quote, skipBlanks, skipValue, text } from "./jsonBytes.ts"
import * as MessageState from "./MessageState.ts"
import { decode } from "./utf8.ts"

/**
 * What was found. Texts are at most {@link maxText} characters: longer ones are cut in the middle.
 */
export interface RequestFacts {
  readonly model?: string
  readonly stream?: boolean
  /** Whether it asks for fast mode, which has limits of its own. */
  readonly fast?: boolean
  readonly userId?: string
  /** Only where it was looked for; see {@link wantedForBudgets}. */
  readonly maxTokens?: number
  /** What it says of state of one workspace; absent where it says nothing, as most requests. */
  readonly state?: MessageState.MessageState
}

/** The keys that matter. */
const wanted: ReadonlyArray<string> = [
  "model",
  "stream",
  "speed",
  "metadata",
  "tools",
  ...MessageState.naming
]
/** The same with what a budget has to know, for clients that have one. */
export const wantedForBudgets: ReadonlyArray<string> = [...wanted, "max_tokens"]
const wantedInMetadata = ["user_id"]

/**
 * A text that is kept after the request, in logs and as a key, so a long one is never read whole: a
 * name may be as long as a body.
 */
const shortTextAt = (body: Uint8Array, start: number, end: number): string | undefined => {
  if (end - start <= maxText + 2) return text(body, start, end)
  if (body[start] !== quote) return undefined
  const { head, tail } = shownOfLong
  const from = start + 1
  const to = end - 1
  return `${decode(body.subarray(from, from + head))}…${decode(body.subarray(to - tail, to))}`
}

/** The first byte of `true`. */
const letterT = 0x74

const userIdOf = (body: Uint8Array, at: number): string | undefined => {
  let found: string | undefined
  const visit = (key: string | undefined, start: number): number => {
    const end = skipValue(body, start)
    if (key === "user_id" && end >= 0) found = shortTextAt(body, start, end)
    return end
  }
  members(body, at, visit, wantedInMetadata)
  return found
}

/** A number above zero; anything else is the provider's to refuse. */
const numberAt = (body: Uint8Array, start: number, end: number): number | undefined => {
  if (end - start > maxText) return undefined
  const value = Number(decode(body.subarray(start, end)))
  if (Number.isFinite(value) && value > 0) return value
  return undefined
}

/** The facts of a body. Of a key that comes twice the last one counts, as for the provider. */
export const scan = (body: Uint8Array, keys: ReadonlyArray<string> = wanted): RequestFacts => {
  let model: string | undefined
  let stream: boolean | undefined
  let fast: boolean | undefined
  let userId: string | undefined
  let maxTokens: number | undefined
  let state: MessageState.MessageState | undefined
  const runsCode = () => {
    state = MessageState.runningCode(state)
  }
  const visit = (key: string | undefined, start: number): number => {
    if (key === "tools" && body[start] === openBracket)
      return MessageState.tools(body, start, runsCode)
    const end = skipValue(body, start)
    if (end < 0) return -1
    if (key === "model") model = shortTextAt(body, start, end)
    else if (key === "stream") stream = body[start] === letterT
    else if (key === "speed") fast = text(body, start, end) === "fast"
    else if (key === "max_tokens") maxTokens = numberAt(body, start, end)
    else if (key === "metadata") userId = userIdOf(body, start)
    else if (key !== undefined && MessageState.naming.includes(key))
      state = MessageState.named(state, key, body, start, end)
    return end
  }
  members(body, skipBlanks(body, 0), visit, keys)
  const facts: { -readonly [Key in keyof RequestFacts]: RequestFacts[Key] } = {}
  if (model !== undefined) facts.model = model
  if (stream !== undefined) facts.stream = stream
  if (fast !== undefined) facts.fast = fast
  if (userId !== undefined) facts.userId = userId
  if (maxTokens !== undefined) facts.maxTokens = maxTokens
  if (state !== undefined) facts.state = state
  return facts
}
