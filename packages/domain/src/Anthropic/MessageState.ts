/**
 * What a message says of state that the provider keeps for one workspace (decision D35): the thread
 * it continues, the container it runs in, the credit it redeems, its skills; and what an answer
 * creates. The parts of a body are read where `RequestScan` passes them.
 */
import { isObject } from "@clawdbot/json5-edit/JsonValue"
import * as Json from "./jsonBytes.ts"
import { elements, members, skipValue } from "./jsonBytes.ts"

/**
 * Something that a request names. `thread` and `fallback_credit` live for minutes, everything else
 * is `stored`. Where it is not `required`, a credential that cannot use it may still answer.
 */
export interface Reference {
  readonly kind: "thread" | "fallback_credit" | "stored"
  readonly id: string
  readonly required: boolean
}

/** Something that an answer created, by its kind: `thread`, `fallback_credit`, `container`, … */
export interface Created {
  readonly kind: string
  readonly id: string
}

/** What one request's body says. */
export interface MessageState {
  readonly references: ReadonlyArray<Reference>
  /** Whether a thread can be continued from the answer, by the answer's id. */
  readonly inThread: boolean
  /** Whether code may run, which creates containers and files. */
  readonly runsCode: boolean
}

const none: MessageState = { references: [], inThread: false, runsCode: false }

/** Longer texts name nothing, in bytes. Tokens of a credit are opaque, and longer than ids. */
const maxText = 16 * 1024

const text = (body: Uint8Array, start: number, end: number): string | undefined => {
  if (end - start > maxText) return undefined
  return Json.text(body, start, end)
}

/** The texts of an object under some of its keys. */
const textsIn = (
  body: Uint8Array,
  at: number,
  names: ReadonlyArray<string>
): Readonly<Record<string, string>> => {
  const found: Record<string, string> = {}
  const visit = (key: string | undefined, start: number): number => {
    const end = skipValue(body, start)
    const value = end < 0 ? undefined : text(body, start, end)
    if (key !== undefined && value !== undefined && names.includes(key)) found[key] = value
    return end
  }
  members(body, at, visit, names)
  return found
}

const threadNames = ["type", "previous_message_id"]
const creditNames = ["token", "mode"]
const containerNames = ["id", "skills"]
const skillNames = ["type", "skill_id"]
const typeName = ["type"]

const stored = (id: string): Reference => ({ kind: "stored", id, required: true })

/** So many references of a request are looked up; no real one has more than a few. */
export const maxReferences = 64

const withReferences = (
  state: MessageState,
  references: ReadonlyArray<Reference>
): MessageState => {
  if (references.length === 0 || state.references.length >= maxReferences) return state
  return { ...state, references: [...state.references, ...references].slice(0, maxReferences) }
}

const ofThread = (state: MessageState, body: Uint8Array, at: number): MessageState => {
  const { previous_message_id: previous, type } = textsIn(body, at, threadNames)
  if (type === undefined && previous === undefined) return state
  const references: ReadonlyArray<Reference> =
    previous === undefined ? [] : [{ kind: "thread", id: previous, required: true }]
  return { ...withReferences(state, references), inThread: true }
}

/** Of skills only those count that were uploaded: the provider's own are the same for everybody. */
const skillsIn = (body: Uint8Array, at: number): ReadonlyArray<Reference> => {
  const found: Array<Reference> = []
  elements(body, at, (_, start) => {
    const { skill_id: skill, type } = textsIn(body, start, skillNames)
    if (skill !== undefined && type === "custom") found.push(stored(skill))
    if (found.length < maxReferences) return skipValue(body, start)
    return -1
  })
  return found
}

/** A container is named by its id alone, or in an object with the skills it is to have. */
const containerIn = (body: Uint8Array, at: number, end: number): ReadonlyArray<Reference> => {
  const id = text(body, at, end)
  if (id !== undefined) return [stored(id)]
  const found: Array<Reference> = []
  const visit = (key: string | undefined, start: number): number => {
    const after = skipValue(body, start)
    if (after < 0) return -1
    if (key === "skills") found.push(...skillsIn(body, start))
    const named = key === "id" ? text(body, start, after) : undefined
    if (named !== undefined) found.unshift(stored(named))
    return after
  }
  members(body, at, visit, containerNames)
  return found
}

/**
 * Credit is redeemed `strict`, where it is refused elsewhere, unless the request says otherwise.
 */
const creditIn = (body: Uint8Array, at: number, end: number): ReadonlyArray<Reference> => {
  const plain = text(body, at, end)
  const { mode, token = plain } = plain === undefined ? textsIn(body, at, creditNames) : {}
  if (token === undefined) return []
  return [{ kind: "fallback_credit", id: token, required: mode !== "best_effort" }]
}

/** The keys of a body that name something; {@link tools} reads one more. */
export const naming: ReadonlyArray<string> = [
  "thread",
  "container",
  "fallback_credit_token",
  "user_profile_id"
]

/**
 * What is known of a body after one more of the keys that are {@link naming}, whose value stands
 * between two positions. `before` is undefined as long as nothing is known.
 */
export const named = (
  before: MessageState | undefined,
  key: string,
  body: Uint8Array,
  start: number,
  end: number
): MessageState | undefined => {
  const state = before ?? none
  const after = (() => {
    switch (key) {
      case "thread":
        return ofThread(state, body, start)
      case "container":
        return withReferences(state, containerIn(body, start, end))
      case "fallback_credit_token":
        return withReferences(state, creditIn(body, start, end))
      default: {
        const id = text(body, start, end)
        return withReferences(state, id === undefined ? [] : [stored(id)])
      }
    }
  })()
  if (after === none) return undefined
  return after
}

/**
 * Passes over the tools of a request, in place of `skipValue`: they are long, and a second walk
 * would cost every request. Gives the position after them, -1 where they do not end, and hears of
 * tools that run code.
 */
export const tools = (body: Uint8Array, at: number, runsCode: () => void): number => {
  const visit = (key: string | undefined, start: number): number => {
    const end = skipValue(body, start)
    if (key === "type" && text(body, start, end)?.startsWith("code_execution") === true) runsCode()
    return end
  }
  return elements(body, at, (_, start) =>
    body[start] === Json.openBrace ? members(body, start, visit, typeName) : skipValue(body, start)
  )
}

/** The same request, which runs code. */
export const runningCode = (before: MessageState | undefined): MessageState => ({
  ...(before ?? none),
  runsCode: true
})

const nothing: ReadonlyArray<Created> = []

/**
 * What an answer created, by what is known of its message: a whole one, that of `message_start`, or
 * the changes of `message_delta`.
 */
export const createdIn = (
  message: Readonly<Record<string, unknown>>,
  inThread: boolean
): ReadonlyArray<Created> => {
  const { container, id, stop_details: details } = message
  if (!inThread && !isObject(container) && !isObject(details)) return nothing
  const made: ReadonlyArray<readonly [string, unknown]> = [
    ["thread", inThread ? id : undefined],
    ["container", isObject(container) ? container.id : undefined],
    ["fallback_credit", isObject(details) ? details.fallback_credit_token : undefined]
  ]
  return made.flatMap(([kind, value]) =>
    typeof value === "string" && value !== "" ? [{ kind, id: value }] : []
  )
}
