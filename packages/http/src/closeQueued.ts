/**
 * Requests that a client sends in one go are answered one after another. Node gives an answer its
 * connection when those before it are out; where the connection closes before that, it says nothing
 * to the answers in between, and whatever waits for their "close" would wait for ever: the upstream
 * request, the body's share of the budget, the count of requests in flight.
 */
import type { ServerResponse } from "node:http"

/** Closes an answer whose turn never comes, when its connection closes. */
export const closeQueued = (response: ServerResponse): void => {
  if (response.socket !== null) return
  const { socket } = response.req
  const onClose = (): void => {
    // One that has its connection hears of it from Node.
    if (response.socket !== null || response.destroyed) return
    response.destroy()
    response.emit("close")
  }
  // One for each answer that waits, which may be hundreds: that is no leak.
  socket.setMaxListeners(0)
  socket.once("close", onClose)
  response.once("close", () => socket.off("close", onClose))
}
