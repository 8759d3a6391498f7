/**
 * What the provider reports of one answer's use: its tokens, and what else its price depends on
 * (docs/cost.md). The same for plain answers and for streams. Pure.
 */
import { isList, isObject } from "@clawdbot/json5-edit/JsonValue"
import * as Usage from "./Usage.ts"

/** One run of a model within an answer. */
export interface Iteration {
  /** Undefined where it is the answer's own. */
  readonly model: string | undefined
  readonly usage: Usage.Usage
}

/** What is reported, in the provider's own words; a field is undefined where it is not. */
export interface AnswerUsage {
  readonly usage: Usage.Usage
  /** The model that answered. */
  readonly model: string | undefined
  readonly speed: string | undefined
  /** Where the answer was computed. */
  readonly region: string | undefined
  readonly tier: string | undefined
  readonly webSearches: number
  /** Tokens of the model's thinking; they are part of the output, and priced as such. */
  readonly reasoning: number | undefined
  /** The runs of models that the answer took, all of them; none where they are not reported. */
  readonly iterations: ReadonlyArray<Iteration>
  /**
   * Whether everything is reported that the price depends on: after a refusal, the provider may
   * take back a part of the price without saying how much.
   */
  readonly isComplete: boolean
}

/** So many runs of models are kept of one answer; with more of them it has no known price. */
export const maxIterations = 1_000

const word = (value: unknown, known: string | undefined): string | undefined => {
  if (typeof value === "string") return value
  return known
}

/** A run whose tokens are not reported makes the whole unknown, which is not the same as none. */
const iterationOf = (value: unknown): Iteration | undefined => {
  const usage = Usage.after(undefined, value)
  if (usage === undefined || !isObject(value)) return undefined
  return { model: word(value.model, undefined), usage }
}

const none: ReadonlyArray<Iteration> = []

const searchesIn = (value: unknown, known: number): number => {
  if (!isObject(value)) return known
  return Usage.count(value.web_search_requests) ?? known
}

const reasoningIn = (value: unknown, known: number | undefined): number | undefined => {
  if (!isObject(value)) return known
  return Usage.count(value.thinking_tokens) ?? known
}

const isRedeemed = (value: unknown): boolean =>
  isObject(value) && isObject(value.status) && value.status.type === "redeemed"

const afterUsage = (
  before: AnswerUsage | undefined,
  value: unknown,
  model: string | undefined
): AnswerUsage | undefined => {
  if (!isObject(value)) return before
  const usage = Usage.after(before?.usage, value)
  if (usage === undefined) return before
  let iterations = before?.iterations ?? none
  let isComplete = before?.isComplete !== false && !isRedeemed(value.fallback_credit)
  if (isList(value.iterations)) {
    iterations = value.iterations.slice(0, maxIterations).flatMap((one) => iterationOf(one) ?? [])
    if (iterations.length < value.iterations.length) isComplete = false
  }
  return {
    usage,
    model,
    speed: word(value.speed, before?.speed),
    region: word(value.inference_geo, before?.region),
    tier: word(value.service_tier, before?.tier),
    webSearches: searchesIn(value.server_tool_use, before?.webSearches ?? 0),
    reasoning: reasoningIn(value.output_tokens_details, before?.reasoning),
    iterations,
    isComplete
  }
}

/** What is known after one more `usage` object of the same answer; see {@link Usage.after}. */
export const after = (before: AnswerUsage | undefined, value: unknown): AnswerUsage | undefined =>
  afterUsage(before, value, before?.model)

/** What is known after a message, which is a whole answer or the beginning of a stream. */
export const afterMessage = (
  before: AnswerUsage | undefined,
  message: Readonly<Record<string, unknown>>
): AnswerUsage | undefined => {
  const model = word(message.model, before?.model)
  const known = afterUsage(before, message.usage, model)
  if (known === undefined || known.model === model) return known
  return { ...known, model }
}
