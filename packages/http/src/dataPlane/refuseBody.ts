/** Answers to requests whose body is not wanted, or not wanted any more. */
import type { IncomingMessage, ServerResponse } from "node:http"
import { type ErrorAnswer, make } from "@clawdbot/domain/Anthropic/ErrorEnvelope"
import { ifDefined } from "@clawdbot/domain/Document/defined"
import * as Effect from "effect/Effect"
import type { ClientTurns } from "../FairScheduler.ts"
import { newRequestId, send } from "../respond.ts"
import { type HeldAnswer, sendHeld } from "./Answer.ts"
import { BodyThrottle } from "./BodyThrottle.ts"
import type { BodyError, BodyIncomplete } from "./readBody.ts"

/** How long the rest of a refused body is read and thrown away, in ms. */
export const lingerMs = 5_000

/** What is said of it. */
export const bodyRefused = (error: Exclude<BodyError, BodyIncomplete>): ErrorAnswer => {
  const common = { code: error._tag, requestId: newRequestId() }
  switch (error._tag) {
    case "BodyTooLarge":
      return make({
        ...common,
        status: 413,
        type: "request_too_large",
        message: `the request body is larger than ${error.limit} bytes`
      })
    case "BodyInTinyChunks":
      return make({
        ...common,
        status: 400,
        type: "invalid_request_error",
        message: "the request body comes in chunks of a few bytes; send larger ones"
      })
    case "TooMuchAtOnce":
      return make({
        ...common,
        status: 529,
        type: "overloaded_error",
        message:
          "the gateway holds as many request bodies as it can, or half of that for " +
          "this client; try again in a moment",
        retryAfterSeconds: 1
      })
  }
}

/** The same of an upload that stood still for so long, in ms. */
export const bodyStalled = (idleMs: number): ErrorAnswer =>
  make({
    status: 408,
    type: "timeout_error",
    message: `no data of the request body arrived for ${Math.round(idleMs / 1_000)} s`,
    code: "BodyStalled",
    requestId: newRequestId(),
    retryable: true
  })

/** How long the rest of a body is read and thrown away: in all, or as long as bytes come. In ms. */
export interface Lingering {
  readonly totalMs?: number
  readonly idleMs?: number
  /** The client whose time that takes. Default: it is not counted. */
  readonly turns?: ClientTurns
}

/** Says that a body comes in tiny chunks, and reads nothing more. */
export const refuseTinyChunks = (
  { socket }: IncomingMessage,
  response: ServerResponse,
  answer: ErrorAnswer,
  answerHeaders: Readonly<Record<string, string>>
): void => {
  send(response, answer, { ...answerHeaders, connection: "close" })
  socket.destroySoon()
}

/** Reads the rest of a body and throws it away. */
const discard = (
  request: IncomingMessage,
  { idleMs, turns, totalMs }: Lingering
): Effect.Effect<void> =>
  Effect.async<void>((resume) => {
    const done = () => {
      clearTimeout(idle)
      clearTimeout(total)
      request.off("data", onData)
      resume(Effect.void)
    }
    const idle = idleMs === undefined ? undefined : setTimeout(done, idleMs)
    const total = totalMs === undefined ? undefined : setTimeout(done, totalMs)
    const throttle = ifDefined(turns, (turns) => new BodyThrottle(request, turns))
    const onData = (chunk: Buffer) => {
      idle?.refresh()
      throttle?.pass(chunk.length)
    }
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
