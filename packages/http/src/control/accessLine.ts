/**
 * One line of the access log: JSON, with the attempts that explain the answer. No body, no header,
 * no secret. Pure. Each answer has one, so it is put together from its parts: making an object
 * first, and a text of that, cost several times as much.
 */
import { ifDefined } from "@clawdbot/domain/Document/defined"
import type { CacheReport } from "@clawdbot/domain/PromptCache/CacheReport"
import * as EpochMs from "@clawdbot/domain/Time/EpochMs"
import { flag, number, text, value } from "../jsonFields.ts"
import type { RequestRecord } from "./RequestLog.ts"

const attemptText = (one: RequestRecord["attempts"][number]): string =>
  `{${text("profile", one.profile).slice(1)}` +
  text("result", one.result) +
  text("class", one.failureClass) +
  number("status", one.status) +
  text("cause", one.cause) +
  number("heldMs", one.heldMs) +
  text("model", one.model) +
  `${number("ms", one.endedAt - one.startedAt)}}`

const cacheText = (cache: CacheReport | undefined): string => {
  if (cache === undefined) return ""
  // Where it lies and what it cost is said of few requests.
  if (cache.at !== undefined || cache.provider !== undefined || cache.lostUsd !== undefined)
    return value("cache", cache)
  const { cause, expected, read, written } = cache
  return (
    `,"cache":{${text("cause", cause).slice(1)}` +
    `${number("read", read)}${number("written", written)}${number("expected", expected)}}`
  )
}

/** The line, without its end. Durations in ms. */
export const accessLine = (report: Omit<RequestRecord, "id">): string => {
  const { attempts, endedAt, held, passedOver, startedAt } = report
  const firstByteMs = ifDefined(report.firstByteAt, (at) => at - startedAt)
  return (
    `{"time":"${EpochMs.toIso(endedAt)}"` +
    text("method", report.method) +
    text("path", report.path) +
    number("status", report.status) +
    number("ms", endedAt - startedAt) +
    number("heldMs", held?.end === "full" ? undefined : held?.ms) +
    number("firstByteMs", firstByteMs) +
    flag("stream", report.stream) +
    text("client", report.client) +
    text("agent", report.agent) +
    text("model", report.model) +
    text("modelFallback", report.modelFallback) +
    `,"attempts":[${attempts.map(attemptText).join(",")}]` +
    (passedOver?.length === 0 ? "" : value("passedOver", passedOver)) +
    text("movedFrom", report.movedFrom) +
    cacheText(report.cache) +
    `${text("refused", report.refused)}}`
  )
}
