/** The name of an agent: lower-case, safe as a folder name. Rule: docs/formats.md. */
import * as Schema from "effect/Schema"

/** A normalised agent id, e.g. `main` or `research-bot`. */
export const AgentId = Schema.String.pipe(
  Schema.pattern(/^[a-z0-9][a-z0-9_-]{0,63}$/),
  Schema.brand("AgentId"),
  Schema.annotations({ identifier: "AgentId", description: "a normalised agent id" })
)
export type AgentId = typeof AgentId.Type

const valid = /^[a-z0-9][a-z0-9_-]{0,63}$/i

/** The agent that answers when nobody names one and none is configured. */
export const main: AgentId = AgentId.make("main")

/**
 * Any text a person or a config file gives, as the id it means; what has no usable character means
 * `main`.
 */
export const normalize = (text: string): AgentId => {
  const trimmed = text.trim()
  if (valid.test(trimmed)) return AgentId.make(trimmed.toLowerCase())
  const cleaned = trimmed
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, "-")
    .replace(/^[-_]+|-+$/g, "")
    .slice(0, 64)
    .replace(/-+$/, "")
  if (cleaned === "") return main
  return AgentId.make(cleaned)
}
