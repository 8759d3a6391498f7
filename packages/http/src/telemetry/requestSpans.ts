/**
 * The spans of one request: one of the request as the gateway got it, and one for each attempt with
 * a credential. No content, no secret. Pure.
 */
import type { TrailEntry } from "@clawdbot/domain/Auth/Attempt"
import * as Usage from "@clawdbot/domain/Usage/Usage"
import type { ServedRequest } from "../dataPlane/ServedRequest.ts"
import { shortPathOf } from "../pathOf.ts"
import {
  askedModel,
  chatAttributes,
  costOf,
  errorTypeOf,
  isChat,
  reasoningOf,
  routeOf,
  timeToFirstChunk,
  usageOf
} from "./genAi.ts"
import { type AttributeSink, nanos } from "./otlp.ts"
import { AttributeText, type Span, spanKind, statusCode } from "./spanText.ts"
import * as TraceParent from "./traceParent.ts"

/** What makes spans their own. */
export interface Ids {
  /** 32 hexadecimal digits. */
  readonly trace: () => string
  /** 16 hexadecimal digits. */
  readonly span: () => string
  /** The id of a conversation, which may name a person, as something that names nobody. */
  readonly conversation: (conversation: string) => string
}

/** An absent status: the client left, or nothing was sent. */
const statusOf = (status: number | undefined) => status || undefined

const addUsage = (to: AttributeSink, usage: Usage.Usage | undefined): void => {
  if (usage === undefined) return
  const { cacheRead, cacheWrite1h, cacheWrite5m, cacheWriteOther, output } = usage
  to
    // By the conventions all that was read as a prompt, the cached part included.
    .count("gen_ai.usage.input_tokens", Usage.prompt(usage))
    .count("gen_ai.usage.output_tokens", output)
    .count("gen_ai.usage.cache_read.input_tokens", cacheRead)
    .count("gen_ai.usage.cache_write.input_tokens", cacheWrite5m + cacheWrite1h + cacheWriteOther)
    .count("anthropic.usage.cache_creation.ephemeral_5m_input_tokens", cacheWrite5m)
    .count("anthropic.usage.cache_creation.ephemeral_1h_input_tokens", cacheWrite1h)
}

/** What a model was asked and what it used; nothing of requests for something else. */
const modelAttributes = (served: ServedRequest, ids: Ids): AttributeText => {
  const attributes = new AttributeText()
  if (!isChat(served)) return attributes
  chatAttributes(attributes, askedModel(served))
  const { conversation, messageId, messageModel, stopReason } = served.trace ?? {}
  attributes.id("gen_ai.response.id", messageId).text("gen_ai.response.model", messageModel)
  if (stopReason !== undefined) attributes.texts("gen_ai.response.finish_reasons", [stopReason])
  attributes.amount("gen_ai.response.time_to_first_chunk", timeToFirstChunk(served))
  addUsage(attributes, usageOf(served))
  const cost = costOf(served)
  attributes
    .count("gen_ai.usage.reasoning.output_tokens", reasoningOf(served))
    .amount("clawdbot.cost.usd", cost?.billed)
    .amount("clawdbot.cost.list_usd", cost?.list)
  if (conversation !== undefined)
    attributes.id("gen_ai.conversation.id", ids.conversation(conversation))
  return attributes
}

/** The first failure that made the request go on to another credential. */
const failoverClass = ({ trail }: ServedRequest): string | undefined => {
  if (trail.length < 2) return undefined
  const [first] = trail
  return first?.failureClass ?? first?.cause
}

/** A request ends in an error where the gateway or the provider is at fault, not its client. */
const isError = ({ failure, status, trail }: ServedRequest): boolean =>
  failure !== undefined || status >= 500 || trail.at(-1)?.result === "broken"

const nameOf = (served: ServedRequest): string => {
  if (isChat(served)) return `chat ${askedModel(served) ?? "unknown"}`
  return `${served.method} ${routeOf(served.path)}`
}

const attemptErrorOf = ({ cause, failureClass, result }: TrailEntry): string | undefined => {
  if (result === "answered") return undefined
  if (result === "abandoned") return "client_disconnected"
  return failureClass ?? cause ?? result
}

const attemptSpan = (
  served: ServedRequest,
  entry: TrailEntry,
  parent: Pick<Span, "traceId" | "spanId">,
  ids: Ids
): Span => {
  const { endedAt, failureClass, profile, result, startedAt, status } = entry
  // Nothing was sent with a login that could not be refreshed.
  const isSent = result !== "unrefreshed"
  const isGood = result === "answered" || result === "abandoned"
  const model = entry.model ?? askedModel(served)
  const attributes = new AttributeText()
  if (isSent && isChat(served)) chatAttributes(attributes, model)
  return {
    traceId: parent.traceId,
    spanId: ids.span(),
    parentSpanId: parent.spanId,
    name: isSent ? nameOf(served) : "refresh login",
    kind: isSent ? spanKind.client : spanKind.internal,
    startTimeUnixNano: nanos(startedAt),
    endTimeUnixNano: nanos(Math.max(startedAt, endedAt)),
    attributes: attributes
      .count("http.response.status_code", statusOf(status))
      .text("error.type", attemptErrorOf(entry))
      .text("clawdbot.profile", profile)
      .text("clawdbot.attempt.result", result)
      .text("clawdbot.failover.class", failureClass)
      .count("clawdbot.held_ms", entry.heldMs).json,
    status: { code: isGood ? statusCode.unset : statusCode.error }
  }
}

/**
 * The spans, that of the request first. None where the client's trace is one that is not recorded:
 * its parts would stand alone.
 */
export const requestSpans = (served: ServedRequest, ids: Ids): ReadonlyArray<Span> => {
  const parent = TraceParent.parse(served.trace?.traceParent)
  if (parent?.isSampled === false) return []
  const { agent, cache, client, endedAt, failure, fallback, method } = served
  const { path, startedAt, status, trail } = served
  const last = trail.at(-1)
  const span: Span = {
    traceId: parent?.traceId ?? ids.trace(),
    spanId: ids.span(),
    parentSpanId: parent?.spanId,
    name: nameOf(served),
    kind: spanKind.server,
    startTimeUnixNano: nanos(startedAt),
    endTimeUnixNano: nanos(Math.max(startedAt, endedAt)),
    attributes: modelAttributes(served, ids)
      .text("http.request.method", method)
      .text("url.path", shortPathOf(path))
      .count("http.response.status_code", statusOf(status))
      .text("error.type", errorTypeOf(served))
      .text("clawdbot.agent", agent)
      .text("clawdbot.client", client)
      .text("clawdbot.profile", last?.profile)
      .count("clawdbot.attempts", trail.length)
      .text("clawdbot.failover.class", failoverClass(served))
      .text("clawdbot.model_fallback", fallback?.words)
      .count("clawdbot.held_ms", served.held?.ms)
      .text("clawdbot.cache.cause", cache?.cause)
      .text("clawdbot.refused", failure).json,
    status: { code: isError(served) ? statusCode.error : statusCode.unset }
  }
  return [span, ...trail.map((entry) => attemptSpan(served, entry, span, ids))]
}
