/**
 * One step of a script as data, for carriers without a socket: what `play` does over one. Pure.
 */
import { defined } from "@clawdbot/domain/Document/defined"
import * as Answers from "./answers.ts"
import type { OkStep, Step } from "./Script.ts"

/** What comes after the head, one after the other. `lost`: the connection breaks off. */
export type Piece =
  | { readonly _tag: "Text"; readonly text: string }
  | { readonly _tag: "Pause"; readonly ms: number }
  | { readonly _tag: "Lost" }
  | { readonly _tag: "Silence" }

/** What a request gets. */
export type Played =
  | {
      readonly _tag: "Answer"
      readonly delayMs: number
      readonly status: number
      readonly headers: Readonly<Record<string, string>>
      readonly pieces: ReadonlyArray<Piece>
    }
  /** No head at all: the connection breaks off, or nothing ever comes. */
  | { readonly _tag: "Lost" | "Silence"; readonly delayMs: number }

/** What an answer depends on beside the step. */
export interface Asking {
  readonly requestId: string
  readonly model: string
  readonly stream: boolean
  readonly text: string
}

const text = (text: string): Piece => ({ _tag: "Text", text })
const lost: Piece = { _tag: "Lost" }

const common = (requestId: string) => ({
  "request-id": requestId,
  "anthropic-organization-id": "org_scripted"
})

const streamHeaders = (requestId: string) => ({
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-cache",
  ...common(requestId)
})

const answerOf = ({ model, requestId, text }: Asking, step: Partial<OkStep>): Answers.Answer => ({
  model,
  id: `msg_${requestId}`,
  text: step.text ?? text,
  blocks: step.blocks ?? ["text"],
  ...defined({ tool: step.tool, usage: step.usage })
})

/** JSON, as the provider sends it. */
export const json = (
  status: number,
  body: string,
  requestId: string,
  headers: Readonly<Record<string, string>> = {}
): Played => ({
  _tag: "Answer",
  delayMs: 0,
  status,
  headers: { "content-type": "application/json", ...common(requestId), ...headers },
  pieces: [text(body)]
})

/** An error in the provider's envelope. */
export const refusal = (status: number, type: string, message: string, asking: Asking): Played =>
  json(status, Answers.envelope(type, message, asking.requestId), asking.requestId)

const playOk = (step: OkStep, asking: Asking): Played => {
  const answer = answerOf(asking, step)
  const { requestId } = asking
  if (!asking.stream)
    return json(200, JSON.stringify(Answers.message(answer)), requestId, step.headers)
  const { gapMs } = step
  const pieces = Answers.events(answer).flatMap((event): ReadonlyArray<Piece> => {
    if (gapMs === undefined) return [text(event)]
    return [text(event), { _tag: "Pause", ms: gapMs }]
  })
  const headers = { ...streamHeaders(requestId), ...step.headers }
  return { _tag: "Answer", delayMs: 0, status: 200, headers, pieces }
}

const bodyText = (body: string | Uint8Array): string => {
  if (typeof body === "string") return body
  return new TextDecoder().decode(body)
}

/** What a step sends. */
export const play = (step: Step, asking: Asking): Played => {
  const { requestId } = asking
  switch (step._tag) {
    case "Slow": {
      const played = play(step.step, asking)
      return { ...played, delayMs: played.delayMs + step.delayMs }
    }
    case "Silent":
      return { _tag: step.how === "hang" ? "Silence" : "Lost", delayMs: 0 }
    case "Error": {
      const { code, message = "", type = "api_error" } = step
      const body = bodyText(step.body ?? Answers.envelope(type, message, requestId, code))
      const played = json(step.status, body, requestId, step.headers)
      if (step.isWall !== true || played._tag !== "Answer") return played
      return { ...played, headers: { "content-type": "application/json", ...step.headers } }
    }
    case "Ok":
      return playOk(step, asking)
    case "BrokenBody": {
      const headers = { "content-type": "application/json", ...common(requestId) }
      const pieces = [text('{"type":"message",'), lost]
      return { _tag: "Answer", delayMs: 0, status: 200, headers, pieces }
    }
    case "BrokenStream": {
      const events = Answers.events(answerOf(asking, {})).slice(0, step.afterEvents)
      const endings: Readonly<Record<typeof step.how, ReadonlyArray<Piece>>> = {
        reset: [lost],
        garbage: [lost],
        end: [],
        error: [text(Answers.errorEvent(step.errorType ?? "overloaded_error"))],
        stall: [{ _tag: "Silence" }]
      }
      const pieces = [...events.map(text), ...endings[step.how]]
      const headers = streamHeaders(requestId)
      return { _tag: "Answer", delayMs: 0, status: 200, headers, pieces }
    }
  }
}
