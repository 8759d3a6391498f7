/** Connections that end before an answer is whole: the client's, and the upstream's. */
import type { ServerResponse } from "node:http"
import { isClosedUnread } from "@clawdbot/domain/Health/noAnswer"
import type { AnswerBody } from "./AnswerBody.ts"

/** How long a client may take to read what was sent before a break, in ms. */
const flushMs = 5_000

/**
 * A connection that ends this soon after a request went out, in ms, without a byte of an answer,
 * ended before the request was read.
 */
const raceMs = 1_000

/**
 * Whether the upstream closed an idle connection at the moment a request went out on it. `ms`: how
 * long after that it failed with `error`.
 */
export const isIdleClose = (error: Error, ms: number): boolean =>
  isClosedUnread(error) && ms <= raceMs

/**
 * Ends the client's connection in the middle of an answer, so that it sees that something is
 * missing.
 */
export const breakConnection = (response: ServerResponse, body: AnswerBody): void => {
  const { req, socket } = response
  if (socket === null) return void response.destroy()
  // A client of HTTP/1.0 takes any ordinary end of the connection for the end of the body.
  if (req.httpVersion === "1.0") return void socket.resetAndDestroy()
  body.flush()
  // What came before the break is the client's: it goes out first. A client that does not read it
  // does not hold the socket for ever.
  socket.destroySoon()
  setTimeout(() => socket.destroy(), flushMs).unref()
}
