/**
 * A request to the provider in the words of OpenTelemetry's conventions for generative AI (still in
 * development there): what its span and its metrics have in common. No content, no secret. Pure.
 */
import * as Cost from "@clawdbot/domain/Usage/Cost"
import * as Usage from "@clawdbot/domain/Usage/Usage"
import type { ServedRequest } from "../dataPlane/ServedRequest.ts"
import { pathOf } from "../pathOf.ts"
import type { AttributeSink } from "./otlp.ts"

/** Whether a request is one that a model answers; the others count, list or store. */
export const isChat = ({ method, path }: Pick<ServedRequest, "method" | "path">): boolean =>
  method === "POST" && pathOf(path) === "/v1/messages"

/** Adds the operation, for requests that a model answers. */
export const chatAttributes = <To extends AttributeSink>(to: To, model: string | undefined): To =>
  to
    .text("gen_ai.operation.name", "chat")
    .text("gen_ai.provider.name", "anthropic")
    .text("gen_ai.request.model", model)

/** The model that a request names, whichever answered. */
export const askedModel = ({ fallback, model }: Pick<ServedRequest, "fallback" | "model">) =>
  fallback === undefined ? model : fallback.asked

/** Names of resources; whatever else stands in a path is an id. */
const resources = new Set([
  "v1",
  "messages",
  "count_tokens",
  "batches",
  "results",
  "cancel",
  "complete",
  "files",
  "content",
  "models",
  "skills",
  "versions",
  "organizations"
])

/** A path with its ids left out, so that there are few of them. */
export const routeOf = (path: string): string =>
  pathOf(path)
    .split("/")
    .slice(0, 8)
    .map((part) => (part === "" || resources.has(part) ? part : "{id}"))
    .join("/")

/** What all attempts used together; undefined where no answer reported it. */
export const usageOf = ({ used }: ServedRequest): Usage.Usage | undefined =>
  used.reduce<Usage.Usage | undefined>((sum, { usage }) => {
    if (usage === undefined) return sum
    return Usage.add(sum ?? Usage.zero, usage)
  }, undefined)

/** Tokens of thinking in all answers; undefined where none reported them. */
export const reasoningOf = ({ used }: ServedRequest): number | undefined =>
  used.reduce<number | undefined>((sum, { reasoning }) => {
    if (reasoning === undefined) return sum
    return (sum ?? 0) + reasoning
  }, undefined)

/** What all answers cost; undefined where the price of one is not known: no sum without it. */
export const costOf = ({ used }: ServedRequest): Cost.Cost | undefined => {
  if (used.some(({ cost }) => cost === undefined)) return undefined
  return used.reduce<Cost.Cost | undefined>((sum, { cost }) => Cost.add(sum, cost), undefined)
}

/**
 * Why a request did not go well, from a small set: our own error, the class of the last attempt's
 * failure, or the status. Undefined where it went well.
 */
export const errorTypeOf = ({ failure, status, trail }: ServedRequest): string | undefined => {
  if (failure !== undefined) return failure
  const last = trail.at(-1)
  if (last?.result === "abandoned") return "client_disconnected"
  if (last !== undefined && last.result !== "answered")
    return last.failureClass ?? last.cause ?? String(status)
  if (status >= 400) return String(status)
  return undefined
}

/** The time to the first content of a stream, in seconds; undefined for all else. */
export const timeToFirstChunk = (served: ServedRequest): number | undefined => {
  const { firstByteAt, startedAt, stream } = served
  if (!stream || firstByteAt === undefined) return undefined
  return Math.max(0, firstByteAt - startedAt) / 1_000
}
