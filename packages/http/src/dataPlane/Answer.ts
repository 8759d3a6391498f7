/** The client's side of one request: what was written to it, and whether it is still there. */
import type { ServerResponse } from "node:http"

/** A whole answer that is held back until it is known that nobody can give a better one. */
export interface HeldAnswer {
  readonly status: number
  /** Flat list of names and values. */
  readonly headers: ReadonlyArray<string>
  readonly body: Uint8Array
}

/** Sends a held answer, byte for byte. */
export const sendHeld = (response: ServerResponse, held: HeldAnswer): void => {
  if (response.destroyed || response.headersSent) return
  response.writeHead(held.status, [...held.headers])
  response.end(held.body)
}
