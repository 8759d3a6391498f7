/**
 * The end of a connection that HTTP has nothing more to do with: what came over it was no request,
 * or wanted a tunnel. Node's server forgets such a connection, and neither its limits nor its
 * stopping reach it any more.
 */
import type { Duplex } from "node:stream"

/** How long the client has to read the answer and to close its side, in ms. */
const lingerMs = 1_000

/**
 * Answers and closes. What the client goes on sending is read and thrown away: bytes that nobody
 * reads would hide its end, and closing over them would take the answer away from it.
 */
export const lastWords = (socket: Duplex, answer: string): void => {
  socket.on("error", () => socket.destroy())
  socket.resume()
  socket.end(answer)
  setTimeout(() => socket.destroy(), lingerMs).unref()
}
