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
 * A request that may be sent once more. A kept connection may be closed by the other side at the
 * very moment a request goes out on it. That says nothing about the credential, and moving to
 * another one would cost the conversation its prompt cache: it is sent again, over another
 * connection.
 */
export class Resend {
  private readonly startedAt: number
  private readonly now: () => number
  private send: (() => void) | undefined

  /** `now` in ms; `send` sends the same again, and is undefined where its body is gone. */
  constructor(now: () => number, send: (() => void) | undefined) {
    this.now = now
    this.startedAt = now()
    this.send = send
  }

  /** Whether it was sent once more, because it failed with `error` before it was read. */
  after(error: Error): boolean {
    const { send } = this
    this.send = undefined
    const isIdleClose = isClosedUnread(error) && this.now() - this.startedAt <= raceMs
    if (send === undefined || !isIdleClose) return false
    send()
    return true
  }
}

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
