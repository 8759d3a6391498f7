/**
 * One line of the access log: JSON, with the attempts that explain the answer. No body, no header,
 * no secret. Pure.
 */
import { ifDefined } from "@clawdbot/domain/Document/defined"
import * as EpochMs from "@clawdbot/domain/Time/EpochMs"
import type { RequestReport } from "./RequestLog.ts"

/** The line, without its end. Durations in ms. */
export const accessLine = (report: RequestReport): string => {
  const {
    agent,
    attempts,
    cache,
    client,
    endedAt,
    firstByteAt,
    held,
    method,
    model,
    modelFallback,
    movedFrom,
    passedOver,
    path,
    refused,
    startedAt,
    status,
    stream
  } = report
  return JSON.stringify({
    time: EpochMs.toIso(endedAt),
    method,
    path,
    status,
    ms: endedAt - startedAt,
    heldMs: held?.end === "full" ? undefined : held?.ms,
    firstByteMs: ifDefined(firstByteAt, (at) => at - startedAt),
    stream,
    client,
    agent,
    model,
    modelFallback,
    attempts: attempts.map((one) => ({
      profile: one.profile,
      result: one.result,
      class: one.failureClass,
      status: one.status,
      cause: one.cause,
      heldMs: one.heldMs,
      model: one.model,
      ms: one.endedAt - one.startedAt
    })),
    passedOver: passedOver?.length === 0 ? undefined : passedOver,
    movedFrom,
    cache,
    refused
  })
}
