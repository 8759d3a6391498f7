/** What a script may know of a request's body. */
import { bodyValue } from "./bodyValue.ts"
import type { ScriptedRequest } from "./Script.ts"

type Fields = Pick<ScriptedRequest, "model" | "stream" | "fast" | "tools" | "toolResult">

const property = (value: unknown, name: string): unknown => {
  if (typeof value === "object" && value !== null) return Reflect.get(value, name)
  return undefined
}

const items = (value: unknown): ReadonlyArray<unknown> => {
  if (Array.isArray(value)) return value
  return []
}

const text = (value: unknown): string => {
  if (typeof value === "string") return value
  return ""
}

/** The fields of a body; a body that is no JSON has none. */
export const fieldsOf = (body: Buffer): Fields => {
  const value = bodyValue(body)
  return {
    model: text(property(value, "model")),
    stream: property(value, "stream") === true,
    fast: property(value, "speed") === "fast",
    tools: items(property(value, "tools")).map((tool) => text(property(tool, "name"))),
    toolResult: items(property(items(property(value, "messages")).at(-1), "content")).some(
      (block) => property(block, "type") === "tool_result"
    )
  }
}
