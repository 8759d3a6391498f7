/**
 * Stops reading from a client's connection for a while, requests that are half read included. Node
 * has a switch for that, for clients that send requests faster than they take the answers
 * (`_paused`); a plain `pause()` is undone by whoever reads the request. Where a version of Node
 * lacks it, the connection is read on: only the pace is lost.
 */
import type { Socket } from "node:net"

/** For how many reasons a connection is not read. */
const holds = new WeakMap<Socket, number>()

/** Reads nothing more than has been read already, until {@link resumeSocket} is called as often. */
export const pauseSocket = (socket: Socket): void => {
  const before = holds.get(socket) ?? 0
  holds.set(socket, before + 1)
  if (before > 0) return
  Object.assign(socket, { _paused: true })
  socket.pause()
}

interface Pausable {
  readonly pause: () => void
  readonly resume: () => void
}

const isPausable = (value: unknown): value is Pausable =>
  typeof value === "object" &&
  value !== null &&
  "pause" in value &&
  typeof value.pause === "function" &&
  "resume" in value &&
  typeof value.resume === "function"

const parserOf = (socket: Socket): Pausable | undefined => {
  const parser: unknown = Reflect.get(socket, "parser")
  return isPausable(parser) ? parser : undefined
}

/**
 * The same for a body that is being read. What was read in one go comes all the same, up to 64 KB:
 * Node's parser stops between two reads only. Not for a request whose body is still to come.
 */
export const pauseBody = (socket: Socket): void => {
  pauseSocket(socket)
  parserOf(socket)?.pause()
}

/** What Node's parser calls for each chunk of a body, and for each request that begins. */
const parserEvents = ["kOnBody", "kOnHeadersComplete"]

/**
 * Drops what was read already of a connection and is not handed out yet, which may be ten thousand
 * chunks, each of which would become an object. Nothing more is read: the connection has to be
 * closed.
 */
export const dropReceived = (socket: Socket): void => {
  pauseBody(socket)
  const parser = parserOf(socket)
  if (parser === undefined) return
  for (const event of parserEvents) {
    const place: unknown = Reflect.get(parser.constructor, event)
    if (typeof place !== "number") continue
    const heard: unknown = Reflect.get(parser, place)
    Reflect.set(parser, place, null)
    // Node uses the parser again for another connection, as soon as it is off this one.
    socket.once("close", () => Reflect.set(parser, place, heard))
  }
}

/** Reads on. */
export const resumeSocket = (socket: Socket): void => {
  const rest = (holds.get(socket) ?? 1) - 1
  holds.set(socket, rest)
  if (rest > 0) return
  Object.assign(socket, { _paused: false })
  if (socket.destroyed) return
  // Node pauses the connection's parser as well as soon as it sees the switch.
  parserOf(socket)?.resume()
  socket.resume()
}
