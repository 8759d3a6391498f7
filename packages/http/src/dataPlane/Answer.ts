/** The client's side of one request: an answer that waits, and how it is sent. */
import type { ServerResponse } from "node:http"

/** A whole answer that is held back until it is known that nobody can give a better one. */
export interface HeldAnswer {
  readonly status: number
  /** Flat list of names and values. */
  readonly headers: ReadonlyArray<string>
  readonly body: Buffer
}

/**
 * What an attempt gives back: the answer that was held, or nothing where it went to the client
 * already.
 */
export type Exchanged = HeldAnswer | undefined

/** Sends a held answer, byte for byte. */
export const sendHeld = (response: ServerResponse, held: HeldAnswer): void => {
  if (response.destroyed || response.headersSent) return
  // Where there is no body, the length is that of one which is not sent; otherwise it is that of
  // the bytes that are here.
  const isBodyless = response.req.method === "HEAD" || held.status === 304
  const headers: Array<string> = []
  for (let index = 0; index < held.headers.length; index += 2) {
    const name = held.headers[index] ?? ""
    if (isBodyless || name.toLowerCase() !== "content-length")
      headers.push(name, held.headers[index + 1] ?? "")
  }
  if (!isBodyless) headers.push("content-length", String(held.body.length))
  response.writeHead(held.status, headers)
  response.end(held.body)
}
