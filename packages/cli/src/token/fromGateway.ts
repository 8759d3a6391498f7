/**
 * What the gateway that runs on this state folder says about credentials (decision D26a): it holds
 * them ready and refreshes ahead of time. Whatever is wrong with it or its socket is no failure:
 * then the stores are asked.
 * What is answered is decoded by the contract's own schema.
 */

import { IssuedToken } from "@clawdbot/domain/Auth/IssuedToken"
import { type AnswerReport, ReportOutcome } from "@clawdbot/domain/Auth/reportOutcome"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { socketText } from "../socketText.ts"

/** Of an answer no more than this is read, in bytes. */
const maxAnswerBytes = 64 * 1024

/** One question to the gateway of a state folder, and the form of its answer. */
interface Question<A, I> {
  readonly path: "token" | "report"
  readonly payload: unknown
  readonly answer: Schema.Schema<A, I>
  /** How long its answer is waited for, in ms; the stores would wait for the same refresh. */
  readonly maxWaitMs: number
}

/** What a running gateway answers, if it answers anything. */
const ask = <A, I>(stateDir: string, { answer, path, maxWaitMs, payload }: Question<A, I>) => {
  const decode = Schema.decodeUnknownOption(Schema.parseJson(answer))
  const body = JSON.stringify(payload)
  const question = { method: "POST", path, body, maxAnswerBytes, maxWaitMs } as const
  return Effect.map(
    socketText(stateDir, question),
    Option.flatMap((text) => decode(text))
  )
}

/** The credential a running gateway gives for an agent, and for a profile where one is named. */
export const issue = (
  stateDir: string,
  payload: {
    readonly agent: string
    readonly profile?: string | undefined
    readonly model?: string | undefined
  }
): Effect.Effect<Option.Option<IssuedToken>> =>
  ask(stateDir, { path: "token", payload, answer: IssuedToken, maxWaitMs: 2_000 })

/** What a running gateway makes of a report. Long enough for a refresh: a report counts once. */
export const takeReport = (
  stateDir: string,
  payload: AnswerReport
): Effect.Effect<Option.Option<ReportOutcome>> =>
  ask(stateDir, { path: "report", payload, answer: ReportOutcome, maxWaitMs: 35_000 })
