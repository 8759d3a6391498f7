/** Requests as clients send them, and their sketches, with a checksum of this file's own. */
import type { Beginning } from "../../src/PromptCache/PrefixBody.ts"
import { type PrefixSketch, sketch } from "../../src/PromptCache/prefixSketch.ts"

const marker = '"cache_control"'

/** A body's sketch; throws where it has none. `before` is the beginning of another one. */
export const sketchOf = (body: unknown, betas?: number, before?: Beginning): PrefixSketch => {
  const json = typeof body === "string" ? body : JSON.stringify(body)
  const bytes = Buffer.from(json)
  const found = sketch(
    {
      bytes,
      key: 7,
      checksum: (start, end, before) => {
        let sum = before | 0
        for (let at = start; at < end; at++) sum = (Math.imul(sum, 31) + (bytes[at] ?? 0)) | 0
        return sum
      },
      nextMark: (from) => bytes.indexOf(marker, from)
    },
    betas,
    before
  )
  if (found === undefined) throw new Error(`no sketch of ${json.slice(0, 80)}`)
  return found
}

/** A breakpoint. */
export const mark = (ttl?: "5m" | "1h") => ({
  cache_control: ttl === undefined ? { type: "ephemeral" } : { type: "ephemeral", ttl }
})

export const text = (words: string) => ({ type: "text", text: words })

/** Turn by turn, with a breakpoint on the system's last block and on the last message. */
export const body = (
  turns: ReadonlyArray<string>,
  more: Readonly<Record<string, unknown>> = {}
) => ({
  model: "claude-opus-5-5",
  tools: ["read", "write", "search", "run"].map((name) => ({ name, input_schema: {} })),
  system: [text("You are a helper."), { ...text("Rules."), ...mark() }],
  messages: turns.map((words, index) => ({
    role: index % 2 === 0 ? "user" : "assistant",
    content: [index === turns.length - 1 ? { ...text(words), ...mark() } : text(words)]
  })),
  ...more
})
