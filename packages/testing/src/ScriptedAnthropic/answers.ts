/**
 * The bodies of the scripted Anthropic's answers (docs/provider.md).
 * Deterministic: the same request gives the same bytes.
 */
import { defined, ifDefined } from "@clawdbot/domain/Document/defined"

/** What an answer depends on. */
export interface Answer {
  readonly model: string
  readonly id: string
  readonly text: string
  readonly blocks: ReadonlyArray<"thinking" | "text" | "tool_use">
  /** What a `tool_use` block calls. Default: the weather in Zürich. */
  readonly tool?: ToolCall
  readonly usage?: RawUsage
  /** The container the message ran in. */
  readonly container?: string | undefined
  /** A file that code made while the message was written. */
  readonly file?: string | undefined
  /** The model refused; the token of the credit that is given for it. */
  readonly fallbackCredit?: string | undefined
}

/** A call of a tool. */
export interface ToolCall {
  readonly name: string
  readonly input: Readonly<Record<string, unknown>>
}

/** `usage` as the provider writes it. */
export type RawUsage = Readonly<Record<string, number | null | Readonly<Record<string, number>>>>

const words = (text: string): ReadonlyArray<string> => text.match(/\S+\s*/g) ?? [text]

const known = new WeakMap<Answer, ReadonlyArray<string>>()

/** The words of an answer's text; some have many megabytes, and each event of the usage asks. */
const wordsOf = (answer: Answer): ReadonlyArray<string> => {
  const found = known.get(answer) ?? words(answer.text)
  known.set(answer, found)
  return found
}

/** What a whole answer tells of its tokens. */
export const wholeUsage = (answer: Answer): RawUsage => ({
  input_tokens: 12,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 0,
  output_tokens: wordsOf(answer).length,
  ...answer.usage
})

/** What a stream tells at its start: the whole prompt, and the first token of the answer. */
export const startUsage = (answer: Answer): RawUsage => {
  const { output_tokens_details: _, ...known } = wholeUsage(answer)
  return { ...known, output_tokens: 1 }
}

/** What a stream tells at its end: only what has changed. */
const endUsage = (answer: Answer): RawUsage => {
  const { output_tokens, output_tokens_details } = wholeUsage(answer)
  return defined({ output_tokens: output_tokens ?? 0, output_tokens_details })
}

const thought = "Let me think about that."
const signature = "c2NyaXB0ZWQtc2lnbmF0dXJl"
const weather: ToolCall = { name: "weather", input: { city: "Zürich", unit: "celsius" } }

const toolOf = ({ tool }: Answer): ToolCall => tool ?? weather

const stopReason = ({ blocks, fallbackCredit }: Answer): string => {
  if (fallbackCredit !== undefined) return "refusal"
  if (blocks.includes("tool_use")) return "tool_use"
  return "end_turn"
}

/** The fields that only some messages have. */
const ending = ({ container, fallbackCredit }: Answer) => ({
  container:
    container === undefined
      ? null
      : { id: container, expires_at: "2027-01-01T00:00:00Z", skills: null },
  stop_details:
    fallbackCredit === undefined
      ? null
      : { type: "refusal", category: null, fallback_credit_token: fallbackCredit }
})

const codeResult = (file: string) => ({
  type: "bash_code_execution_tool_result",
  tool_use_id: "srvtoolu_scripted",
  content: {
    type: "bash_code_execution_result",
    stdout: "",
    stderr: "",
    return_code: 0,
    content: [{ type: "bash_code_execution_output", file_id: file }]
  }
})

/** A whole message. */
export const message = (answer: Answer): unknown => ({
  id: answer.id,
  type: "message",
  role: "assistant",
  model: answer.model,
  content: [
    ...(answer.file === undefined ? [] : [codeResult(answer.file)]),
    ...answer.blocks.map((type, index) => {
      if (type === "thinking") return { type, thinking: thought, signature }
      if (type === "text") return { type, text: answer.text }
      return { type, id: `toolu_${answer.id}_${index}`, ...toolOf(answer) }
    })
  ],
  stop_reason: stopReason(answer),
  stop_sequence: null,
  ...ending(answer),
  usage: wholeUsage(answer)
})

const event = (type: string, data: Readonly<Record<string, unknown>>): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`

/** A text in pieces that do not respect its words. */
const pieces = (text: string): ReadonlyArray<string> => text.match(/.{1,7}/gs) ?? []

const blockEvents = (
  answer: Answer,
  type: Answer["blocks"][number],
  index: number
): ReadonlyArray<string> => {
  const start = (content: unknown) =>
    event("content_block_start", { index, content_block: content })
  const delta = (content: unknown) => event("content_block_delta", { index, delta: content })
  const stop = event("content_block_stop", { index })
  switch (type) {
    case "thinking":
      return [
        start({ type, thinking: "", signature: "" }),
        ...words(thought).map((thinking) => delta({ type: "thinking_delta", thinking })),
        delta({ type: "signature_delta", signature }),
        stop
      ]
    case "text":
      return [
        start({ type, text: "" }),
        ": keep-alive\n\n",
        ...wordsOf(answer).map((text) => delta({ type: "text_delta", text })),
        stop
      ]
    case "tool_use":
      return [
        start({ type, id: `toolu_${answer.id}_${index}`, name: toolOf(answer).name, input: {} }),
        ...pieces(JSON.stringify(toolOf(answer).input)).map((partial) =>
          delta({ type: "input_json_delta", partial_json: partial })
        ),
        stop
      ]
  }
}

/** The same message as events, a ping and comments among them. */
export const events = (answer: Answer): ReadonlyArray<string> => [
  event("message_start", {
    message: {
      id: answer.id,
      type: "message",
      role: "assistant",
      model: answer.model,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: startUsage(answer)
    }
  }),
  event("ping", {}),
  ...answer.blocks.flatMap((type, index) => blockEvents(answer, type, index)),
  ...(answer.file === undefined
    ? []
    : [
        event("content_block_start", {
          index: answer.blocks.length,
          content_block: codeResult(answer.file)
        }),
        event("content_block_stop", { index: answer.blocks.length })
      ]),
  event("message_delta", {
    delta: { stop_reason: stopReason(answer), stop_sequence: null, ...ending(answer) },
    usage: endUsage(answer)
  }),
  event("message_stop", {})
]

/** An `error` event inside a stream. */
export const errorEvent = (type: string): string => {
  const message = type === "overloaded_error" ? "Overloaded" : "Internal server error"
  return event("error", { error: { type, message } })
}

/** The provider's error envelope. */
export const envelope = (type: string, text: string, requestId: string, code?: string): string =>
  JSON.stringify({
    type: "error",
    error: {
      type,
      message: text,
      ...defined({ details: ifDefined(code, (code) => ({ error_code: code })) })
    },
    request_id: requestId
  })

const modelIds = ["claude-opus-4-5", "claude-sonnet-4-5", "claude-haiku-4-5"]

/** One model, or undefined for an id that is not there. */
export const model = (id: string): unknown => {
  if (modelIds.includes(id))
    return {
      type: "model",
      id,
      display_name: id.replace(/-/g, " "),
      created_at: "2026-01-01T00:00:00Z"
    }
  return undefined
}

/** The list of models. */
export const models = (): unknown => ({
  data: modelIds.map(model),
  has_more: false,
  first_id: modelIds[0],
  last_id: modelIds.at(-1)
})
