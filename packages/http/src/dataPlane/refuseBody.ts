/** Answers to requests whose body is not wanted, or not wanted any more. */
import type { IncomingMessage, ServerResponse } from "node:http"
import { type ErrorAnswer, make } from "@clawdbot/domain/Anthropic/ErrorEnvelope"
import * as Effect from "effect/Effect"
import { newRequestId } from "../respond.ts"
import { type HeldAnswer, sendHeld } from "./Answer.ts"
import type { BodyTooLarge, TooMuchAtOnce } from "./readBody.ts"

/** How long the rest of a refused body is read and thrown away, in ms. */
const lingerMs = 5_000

/** What is said of it. */
export const bodyRefused = (error: BodyTooLarge | TooMuchAtOnce): ErrorAnswer => {
  const common = { code: error._tag, requestId: newRequestId() }
  if (error._tag === "BodyTooLarge")
    return make({
      ...common,
      status: 413,
      type: "request_too_large",
      message: `the request body is larger than ${error.limit} bytes`
    })
  return make({
    ...common,
    status: 529,
    type: "overloaded_error",
    message: "the gateway holds as many request bodies as it can; try again in a moment",
    retryAfterSeconds: 1
  })
}

/** The same of an upload that stood still for so long, in ms. */
export const bodyStalled = (idleMs: number): ErrorAnswer =>
  make({
    status: 408,
    type: "timeout_error",
    message: `no byte of the request body came for ${Math.round(idleMs / 1_000)} s`,
    code: "BodyStalled",
    requestId: newRequestId(),
    retryable: true
  })

/** How long the rest of a body is read and thrown away: in all, or as long as bytes come. In ms. */
export interface Lingering {
  readonly totalMs?: number
  readonly idleMs?: number
}

/** Reads the rest of a body, to nobody. */
const discard = (request: IncomingMessage, { idleMs, totalMs }: Lingering): Effect.Effect<void> =>
  Effect.async<void>((resume) => {
    const done = () => {
      clearTimeout(idle)
      clearTimeout(total)
      request.off("data", onData)
      resume(Effect.void)
    }
    const idle = idleMs === undefined ? undefined : setTimeout(done, idleMs)
    const total = totalMs === undefined ? undefined : setTimeout(done, totalMs)
    const onData = () => void idle?.refresh()
    request.on("data", onData)
    request.on("end", done)
    request.on("close", done)
  })

/**
 * Sends a whole answer before the request's body was read. The body goes on being read for a while:
 * a connection that is closed while the client still writes takes the answer with it.
 */
export const answerUnread = (
  request: IncomingMessage,
  response: ServerResponse,
  answer: HeldAnswer,
  lingering: Lingering = { totalMs: lingerMs }
): Effect.Effect<void> =>
  Effect.suspend(() => {
    if (response.destroyed || response.headersSent) return Effect.void
    request.resume()
    if (request.complete) return Effect.sync(() => sendHeld(response, answer))
    const named = answer.headers.filter(
      (_, index) => answer.headers[index - (index % 2)]?.toLowerCase() !== "content-length"
    )
    response.writeHead(answer.status, [
      ...named,
      "content-length",
      String(answer.body.length),
      "connection",
      "close"
    ])
    response.write(answer.body)
    return Effect.zipRight(
      discard(request, lingering),
      Effect.sync(() => void response.end())
    )
  })

/** An answer of our own as one that is held. */
const held = (
  answer: ErrorAnswer,
  answerHeaders: Readonly<Record<string, string>>
): HeldAnswer => ({
  status: answer.status,
  headers: [...Object.entries(answer.headers), ...Object.entries(answerHeaders)].flat(),
  body: Buffer.from(answer.body)
})

/** Says that a body is not wanted. */
export const refuseBody = (
  request: IncomingMessage,
  response: ServerResponse,
  answer: ErrorAnswer,
  answerHeaders: Readonly<Record<string, string>>,
  lingering?: Lingering
): Effect.Effect<void> => answerUnread(request, response, held(answer, answerHeaders), lingering)
