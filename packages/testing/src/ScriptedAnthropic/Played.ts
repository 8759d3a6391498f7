/**
 * One step of a script as data: what is sent, piece by piece. Carriers send it, over a socket
 * (`play`) or without one. Pure.
 */
import { defined } from "@clawdbot/domain/Document/defined"
import * as Answers from "./answers.ts"
import type { BrokenStreamStep, OkStep, Step } from "./Script.ts"
import type { MadeState } from "./Workspaces.ts"

/**
 * `Lost`: the connection breaks off. `Garbage`: bytes that are no HTTP. `Silence`: nothing more
 * comes.
 */
type Breakage = "Lost" | "Garbage" | "Silence"

/** What comes after the head, one after the other. */
export type Piece =
  /** `usage`: what the answer has told of its tokens with this piece; the last word counts. */
  | {
      readonly _tag: "Data"
      readonly data: string | Uint8Array
      readonly usage: Answers.RawUsage | undefined
    }
  | { readonly _tag: "Pause"; readonly ms: number }
  | { readonly _tag: Breakage }

/** A head and what comes after it. */
export interface PlayedAnswer {
  readonly _tag: "Answer"
  readonly delayMs: number
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly pieces: ReadonlyArray<Piece>
  /** Whether its bytes go packed to whoever does not unpack them by itself. */
  readonly gzip: boolean
}

/** What a request gets: an answer, or no head at all. */
export type Played = PlayedAnswer | { readonly _tag: Breakage; readonly delayMs: number }

/** What an answer depends on beside the step. */
export interface Asking {
  readonly requestId: string
  readonly model: string
  readonly stream: boolean
  /** The text of a good answer, where the step names none. */
  readonly text: string
  /** What a good answer with an id leaves behind in the credential's workspace. */
  readonly made?: ((messageId: string, refused: boolean) => MadeState) | undefined
}

const piece = (data: string | Uint8Array, usage?: Answers.RawUsage): Piece => ({
  _tag: "Data",
  data,
  usage
})

const common = (requestId: string) => ({
  "request-id": requestId,
  "anthropic-organization-id": "org_scripted"
})

const streamHeaders = (requestId: string) => ({
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-cache",
  ...common(requestId)
})

const answerOf = (
  { made, model, requestId, text }: Asking,
  step: Partial<OkStep>
): Answers.Answer => ({
  model,
  id: `msg_${requestId}`,
  ...made?.(`msg_${requestId}`, step.refuses === true),
  text: step.text ?? text,
  blocks: step.blocks ?? ["text"],
  ...defined({ tool: step.tool, usage: step.usage })
})

const answered = (
  status: number,
  headers: Readonly<Record<string, string>>,
  pieces: ReadonlyArray<Piece>,
  gzip = false
): PlayedAnswer => ({ _tag: "Answer", delayMs: 0, status, headers, pieces, gzip })

/** JSON, as the provider sends it. */
export const json = (status: number, body: string, requestId: string): Played =>
  answered(status, { "content-type": "application/json", ...common(requestId) }, [piece(body)])

/** An error in the provider's envelope. */
export const refusal = (status: number, type: string, message: string, asking: Asking): Played =>
  json(status, Answers.envelope(type, message, asking.requestId), asking.requestId)

const playOk = (step: OkStep, asking: Asking): Played => {
  const answer = answerOf(asking, step)
  const { requestId } = asking
  if (!asking.stream) {
    const body = JSON.stringify(Answers.message(answer))
    const headers = {
      "content-type": "application/json",
      "content-length": String(Buffer.byteLength(body)),
      ...common(requestId),
      ...step.headers
    }
    return answered(200, headers, [piece(body, Answers.wholeUsage(answer))], step.gzip === true)
  }
  const { gapMs } = step
  const events = Answers.events(answer)
  const usageAt = (index: number) => {
    if (index === 0) return Answers.startUsage(answer)
    return index === events.length - 2 ? Answers.wholeUsage(answer) : undefined
  }
  const pieces = events.flatMap((event, index): ReadonlyArray<Piece> => {
    const one = piece(event, usageAt(index))
    return gapMs === undefined ? [one] : [one, { _tag: "Pause", ms: gapMs }]
  })
  return answered(200, { ...streamHeaders(requestId), ...step.headers }, pieces)
}

const playBroken = (step: BrokenStreamStep, asking: Asking): Played => {
  const answer = answerOf(asking, {})
  const events = Answers.events(answer).slice(0, step.afterEvents)
  const endings: Readonly<Record<typeof step.how, ReadonlyArray<Piece>>> = {
    reset: [{ _tag: "Lost" }],
    garbage: [{ _tag: "Garbage" }],
    end: [],
    error: [piece(Answers.errorEvent(step.errorType ?? "overloaded_error"))],
    stall: [{ _tag: "Silence" }]
  }
  const pieces = events.map((event, index) =>
    piece(event, index === 0 ? Answers.startUsage(answer) : undefined)
  )
  return answered(200, streamHeaders(asking.requestId), [...pieces, ...endings[step.how]])
}

const silences = { hang: "Silence", reset: "Lost", garbage: "Garbage" } as const

/** What a step sends. */
export const play = (step: Step, asking: Asking): Played => {
  const { requestId } = asking
  switch (step._tag) {
    case "Slow": {
      const played = play(step.step, asking)
      return { ...played, delayMs: played.delayMs + step.delayMs }
    }
    case "Silent":
      return { _tag: silences[step.how], delayMs: 0 }
    case "Error": {
      const { code, isWall = false, message = "", type = "api_error" } = step
      const headers = {
        "content-type": "application/json",
        ...(isWall ? undefined : common(requestId)),
        ...step.headers
      }
      const body = step.body ?? Answers.envelope(type, message, requestId, code)
      return answered(step.status, headers, [piece(body)])
    }
    case "Ok":
      return playOk(step, asking)
    case "BrokenStream":
      return playBroken(step, asking)
    case "BrokenBody": {
      const promised = { "content-type": "application/json", "content-length": "1000" }
      const pieces = [piece('{"type":"message",'), { _tag: "Lost" } as const]
      return answered(200, { ...promised, ...common(requestId) }, pieces)
    }
  }
}
