/** The bodies of the scripted Anthropic's answers (anthropic-protocol.md §4, §6 and §7). Deterministic: the same request gives the same bytes. */

/** The parts of a request that the answers depend on. */
export interface AskedFor {
  readonly model: string
  readonly stream: boolean
}

const usage = (text: string) => ({
  input_tokens: 12,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 0,
  output_tokens: words(text).length
})

const words = (text: string): ReadonlyArray<string> => text.match(/\S+\s*/g) ?? [text]

/** A whole message. */
export const message = (asked: AskedFor, id: string, text: string): unknown => ({
  id,
  type: "message",
  role: "assistant",
  model: asked.model,
  content: [{ type: "text", text }],
  stop_reason: "end_turn",
  stop_sequence: null,
  usage: usage(text)
})

const event = (type: string, data: Readonly<Record<string, unknown>>): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`

/** The same message as events, a ping and a comment among them. */
export const events = (asked: AskedFor, id: string, text: string): ReadonlyArray<string> => [
  event("message_start", {
    message: {
      id,
      type: "message",
      role: "assistant",
      model: asked.model,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: { ...usage(text), output_tokens: 1 }
    }
  }),
  event("ping", {}),
  event("content_block_start", { index: 0, content_block: { type: "text", text: "" } }),
  ": keep-alive\n\n",
  ...words(text).map((word) => event("content_block_delta", { index: 0, delta: { type: "text_delta", text: word } })),
  event("content_block_stop", { index: 0 }),
  event("message_delta", {
    delta: { stop_reason: "end_turn", stop_sequence: null },
    usage: { output_tokens: words(text).length }
  }),
  event("message_stop", {})
]

/** An `error` event inside a stream. */
export const errorEvent = (type: string): string =>
  `event: error\ndata: ${JSON.stringify({ type: "error", error: { type, message: type === "overloaded_error" ? "Overloaded" : "Internal server error" } })}\n\n`

/** The provider's error envelope. */
export const envelope = (type: string, text: string, requestId: string, code?: string): string =>
  JSON.stringify({
    type: "error",
    error: { type, message: text, ...(code === undefined ? {} : { details: { error_code: code } }) },
    request_id: requestId
  })

const modelIds = ["claude-opus-4-5", "claude-sonnet-4-5", "claude-haiku-4-5"]

/** One model, or undefined for an id that is not there. */
export const model = (id: string): unknown =>
  modelIds.includes(id)
    ? { type: "model", id, display_name: id.replace(/-/g, " "), created_at: "2026-01-01T00:00:00Z" }
    : undefined

/** The list of models. */
export const models = (): unknown => ({
  data: modelIds.map(model),
  has_more: false,
  first_id: modelIds[0],
  last_id: modelIds.at(-1)
})
