/**
 * The same message for another model (decisions D27 and D58): finds where a body names its model
 * and what it asks of that, and puts another name into its place. No other byte changes.
 */
import type { ModelDemands } from "../Model/modelFeatures.ts"
import { members, openBrace, skipBlanks, skipValue, text } from "./jsonBytes.ts"
import { decode, encode } from "./utf8.ts"

/** Where a body names its model, between two positions, and what it asks of it. */
export interface ModelPlace {
  readonly start: number
  readonly end: number
  readonly demands: ModelDemands
}

const sampling: ReadonlyArray<string> = ["temperature", "top_p", "top_k"]
/** The keys that matter. */
const wanted: ReadonlyArray<string> = [
  "model",
  "thinking",
  "output_config",
  "tool_choice",
  "speed",
  "max_tokens",
  ...sampling
]

/** What stands where a text is expected and is none; no model takes it. */
const noText = "(no text)"

const isNull = (body: Uint8Array, start: number, end: number): boolean =>
  end - start === 4 && decode(body.subarray(start, end)) === "null"

/** The text of one member of the object at a position; undefined where it is not there. */
const textIn = (body: Uint8Array, at: number, name: string): string | undefined => {
  if (body[at] !== openBrace) return noText
  let found: string | undefined
  members(
    body,
    at,
    (key, start) => {
      const end = skipValue(body, start)
      if (key === name && end >= 0 && !isNull(body, start, end))
        found = text(body, start, end) ?? noText
      return end
    },
    [name]
  )
  return found
}

/**
 * Where a message names its model, and what it asks of it. Undefined where the body is not one JSON
 * object, or says one of the keys that matter twice: which of them counts is not ours to decide.
 */
export const modelPlace = (body: Uint8Array): ModelPlace | undefined => {
  const seen = new Set<string>()
  let isDoubled = false
  let place: { readonly start: number; readonly end: number } | undefined
  const demands: { -readonly [Key in keyof ModelDemands]: ModelDemands[Key] } = {}
  const note = (key: string, start: number, end: number): void => {
    if (isNull(body, start, end)) return
    if (key === "thinking") demands.thinking = textIn(body, start, "type") ?? noText
    else if (key === "output_config") {
      const effort = textIn(body, start, "effort")
      if (effort !== undefined) demands.effort = effort
    } else if (key === "tool_choice") {
      const type = textIn(body, start, "type")
      demands.forcedTools = type !== "auto" && type !== "none"
    } else if (key === "speed") demands.fast = text(body, start, end) !== "standard"
    else if (key === "max_tokens") demands.maxTokens = Number(decode(body.subarray(start, end)))
    else if (sampling.includes(key)) demands.sampling = true
  }
  const start = skipBlanks(body, 0)
  const visit = (key: string | undefined, from: number): number => {
    const to = skipValue(body, from)
    if (key === undefined || to < 0 || !wanted.includes(key)) return to
    isDoubled ||= seen.has(key)
    seen.add(key)
    if (key === "model" && text(body, from, to) !== undefined) place = { start: from, end: to }
    else note(key, from, to)
    return to
  }
  const end = members(body, start, visit, wanted)
  if (place === undefined || isDoubled || end < 0) return undefined
  if (skipBlanks(body, end) !== body.length) return undefined
  return { ...place, demands }
}

/** The body with another model's name in that place. */
export const withModel = (
  body: Uint8Array,
  { end, start }: Pick<ModelPlace, "start" | "end">,
  model: string
): Uint8Array => {
  const name = encode(JSON.stringify(model))
  const changed = new Uint8Array(body.length - (end - start) + name.length)
  changed.set(body.subarray(0, start))
  changed.set(name, start)
  changed.set(body.subarray(end), start + name.length)
  return changed
}
