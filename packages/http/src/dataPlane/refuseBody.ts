/** Answers to requests whose body is not wanted. */
import type { IncomingMessage, ServerResponse } from "node:http"
import { type ErrorAnswer, make } from "@clawdbot/domain/Anthropic/ErrorEnvelope"
import * as Effect from "effect/Effect"
import { newRequestId } from "../respond.ts"
import type { BodyTooLarge, TooMuchAtOnce } from "./readBody.ts"

/** How long the rest of a refused body is read and thrown away, in ms. */
const lingerMs = 5_000

/** What is said of it. */
export const bodyRefused = (error: BodyTooLarge | TooMuchAtOnce): ErrorAnswer => {
  const common = { code: error._tag, requestId: newRequestId() }
  return error._tag === "BodyTooLarge"
    ? make({
        ...common,
        status: 413,
        type: "request_too_large",
        message: `the request body is larger than ${error.limit} bytes`
      })
    : make({
        ...common,
        status: 529,
        type: "overloaded_error",
        message: "the gateway holds as many request bodies as it can; try again in a moment",
        retryAfterSeconds: 1
      })
}

/**
 * Says it. The body goes on being read for a while: a connection that is closed while the client
 * still writes takes the answer with it.
 */
export const refuseBody = (
  request: IncomingMessage,
  response: ServerResponse,
  answer: ErrorAnswer,
  answerHeaders: Readonly<Record<string, string>>
): Effect.Effect<void> =>
  Effect.async<void>((resume) => {
    if (response.destroyed || response.headersSent) return resume(Effect.void)
    const done = () => resume(Effect.void)
    response.writeHead(answer.status, {
      ...answer.headers,
      "content-length": Buffer.byteLength(answer.body),
      connection: "close",
      ...answerHeaders
    })
    response.write(answer.body)
    request.on("end", done)
    request.on("close", done)
    request.resume()
  }).pipe(Effect.timeoutOption(lingerMs), Effect.zipRight(Effect.sync(() => void response.end())))
