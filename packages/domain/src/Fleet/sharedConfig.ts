/**
 * The part of a config that gateways of one store should have in common, as a text that is the same
 * for the same values, whatever their order in the file. It may hold secrets. Pure.
 */
import { isObject } from "@clawdbot/json5-edit/JsonValue"

/** The sections that decide how requests are served. */
const sections = ["agents", "auth", "models", "gateway"] as const

/** What each host may have for itself: its address, its files. */
const ofTheHost: ReadonlySet<string> = new Set([
  "port",
  "bind",
  "customBindHost",
  "hosts",
  "accessLog"
])

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted)
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)])
  )
}

/** The text. */
export const sharedConfigText = (value: Readonly<Record<string, unknown>>): string => {
  const shared = sections.map((section) => {
    const found = value[section]
    if (section !== "gateway" || !isObject(found)) return [section, found]
    return [
      section,
      Object.fromEntries(Object.entries(found).filter(([key]) => !ofTheHost.has(key)))
    ]
  })
  return JSON.stringify(sorted(Object.fromEntries(shared)))
}
