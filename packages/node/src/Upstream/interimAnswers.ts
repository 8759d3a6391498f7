/**
 * Passes over `100 Continue` where nobody asked for it (RFC 9110 §15.2.1: a client ignores it).
 * undici ends the connection instead, after the request went out whole: the provider's answer would
 * be lost, and paid for. The bytes are taken out between the socket and undici's parser, and only
 * where an answer begins: in a body they are content.
 */
import type { Socket } from "node:net"
import type { buildConnector } from "undici"

/** How such an answer begins; any digit may stand at {@link minor}. */
const beginning = Buffer.from("HTTP/1.1 100")
const minor = 7

const newline = 0x0a
const carriageReturn = 0x0d

const matches = (bytes: Buffer): boolean => {
  const length = Math.min(bytes.length, beginning.length)
  for (let index = 0; index < length; index++)
    if (bytes[index] !== beginning[index] && index !== minor) return false
  return true
}

/** Takes interim answers out of the bytes of one connection. */
export class InterimAnswers {
  /** Whether the next bytes are the beginning of an answer. */
  private isAwaiting = false
  /** A beginning that may become one of an interim answer; shorter than that. */
  private begun: Buffer | undefined
  /** Bytes of the current line of an interim answer's head; undefined outside of one. */
  private line: number | undefined

  /** A request goes out. */
  sent(): void {
    this.isAwaiting = true
  }

  /** What is left of the next bytes; undefined where nothing is. */
  pass(chunk: Buffer): Buffer | undefined {
    let bytes = chunk
    while (this.isAwaiting) {
      if (this.line === undefined) {
        if (this.begun !== undefined) bytes = Buffer.concat([this.begun, bytes])
        this.begun = undefined
        if (!matches(bytes)) this.isAwaiting = false
        else if (bytes.length < beginning.length) {
          this.begun = bytes
          return undefined
        } else this.line = 0
      } else {
        const end = this.headEnd(bytes)
        if (end === undefined) return undefined
        bytes = bytes.subarray(end)
        if (bytes.length === 0) return undefined
      }
    }
    return bytes
  }

  /** The position after the head that is being passed over; undefined where it goes on. */
  private headEnd(bytes: Buffer): number | undefined {
    let line = this.line ?? 0
    for (let index = 0; index < bytes.length; index++) {
      const byte = bytes[index]
      if (byte === newline && line === 0) {
        this.line = undefined
        return index + 1
      }
      if (byte === newline) line = 0
      else if (byte !== carriageReturn) line++
    }
    this.line = line
    return undefined
  }
}

const watch = (socket: Socket): void => {
  const interim = new InterimAnswers()
  const { read, write } = socket
  const take = (size?: number): Buffer | null => {
    for (;;) {
      const chunk: Buffer | null = read.call(socket, size)
      if (chunk === null) return null
      const left = interim.pass(chunk)
      if (left !== undefined) return left
    }
  }
  const send = (...given: ReadonlyArray<unknown>): boolean => {
    interim.sent()
    return Reflect.apply(write, socket, given)
  }
  Object.assign(socket, { read: take, write: send })
}

/** A connector whose connections pass over interim answers that nobody asked for. */
export const ignoringInterim =
  (connect: buildConnector.connector): buildConnector.connector =>
  (options, callback) =>
    connect(options, (...given) => {
      // A connection that failed comes with its error alone.
      if (given[0] === null && given[1] !== null) watch(given[1])
      callback(...given)
    })
