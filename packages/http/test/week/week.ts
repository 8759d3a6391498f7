/**
 * A week of work made up from a seed: which conversation asks what, and when. Most clients let the
 * prompt cache do its work; some do what makes it miss.
 */
import { defined } from "@clawdbot/domain/Document/defined"

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** Monday, 16 November 2026, midnight UTC, in epoch ms. */
export const weekStart = Date.parse("2026-11-16T00:00:00Z")

/** The body of a request, as far as a prompt cache is concerned with it. */
export interface Asked {
  readonly model: string
  readonly thinking?: { readonly type: string } | undefined
  readonly tools: ReadonlyArray<object>
  readonly system: ReadonlyArray<object>
  readonly messages: ReadonlyArray<{
    readonly role: string
    readonly content: ReadonlyArray<object>
  }>
}

/** A request, and when it is sent, in epoch ms. */
export interface Sent {
  readonly at: number
  readonly body: Asked
}

/** What a client does that makes the cache miss; several times the same is that much likelier. */
const habits = [
  "none",
  "none",
  "none",
  "none",
  "a date in the system prompt",
  "two models",
  "thinking at times",
  "pauses"
] as const

const models = ["claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5"] as const

/** A fixed stream of numbers in [0, 1) (mulberry32): the same week every time. */
const numbers = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
}

type Next = () => number

const pick = <A>(next: Next, list: readonly [A, ...ReadonlyArray<A>]): A =>
  list[Math.floor(next() * list.length)] ?? list[0]

/** Small values are likelier than large ones. */
const skewed = (next: Next, low: number, high: number): number =>
  Math.round(low * (high / low) ** next())

const text = (words: string) => ({ type: "text", text: words })
const marked = (words: string) => ({ ...text(words), cache_control: { type: "ephemeral" } })
const words = (bytes: number): string => "const name = value ".repeat(Math.ceil(bytes / 19))

const tools = Array.from({ length: 8 }, (_, index) => ({
  name: `tool_${index}`,
  description: words(1_500),
  input_schema: { type: "object" }
}))

/** A conversation, turn by turn. */
const conversation = (next: Next, id: number, beginsAt: number): ReadonlyArray<Sent> => {
  const habit = pick(next, habits)
  const model = pick(next, models)
  const rules = marked(words(4_000))
  const messages: Array<Asked["messages"][number]> = []
  let at = beginsAt
  return Array.from({ length: skewed(next, 3, 30) }, (_, turn) => {
    if (turn > 0) {
      const isLong = habit === "pauses" && next() < 0.3
      at += (isLong ? 6 * minute : 5_000) + skewed(next, 1_000, 60_000)
    }
    const question = words(skewed(next, 200, 20_000))
    const isDated = habit === "a date in the system prompt"
    const isOther = habit === "two models" && next() < 0.2
    const thinks = habit === "thinking at times" && next() < 0.3
    const body = {
      model: isOther ? pick(next, models) : model,
      max_tokens: 4_096,
      stream: true,
      metadata: { user_id: `conversation-${id}` },
      ...defined({ thinking: thinks ? { type: "adaptive" } : undefined }),
      tools,
      system: [text(isDated ? new Date(at).toISOString() : "You help."), rules],
      messages: [...messages, { role: "user", content: [marked(question)] }]
    }
    messages.push(
      { role: "user", content: [text(question)] },
      { role: "assistant", content: [text(words(skewed(next, 80, 4_000)))] }
    )
    return { at, body }
  })
}

/** How many conversations are begun on each day, from Monday on. */
const begun = [9, 11, 10, 12, 8, 3, 2]

/** The requests of seven days, in the order in which they are sent. */
export const week = (seed: number): ReadonlyArray<Sent> => {
  const next = numbers(seed)
  const starts = begun.flatMap((count, of) =>
    Array.from({ length: count }, () => weekStart + of * day + (8 + 9 * next()) * hour)
  )
  return starts
    .flatMap((beginsAt, id) => conversation(next, id, beginsAt))
    .sort((a, b) => a.at - b.at)
}
