/**
 * A request's body as one buffer, with a limit; or its beginning, where the route takes bodies that
 * are larger than what is held. Chunks are joined once, whatever the size.
 */
import type { IncomingMessage } from "node:http"
import * as Data from "effect/Data"
import type { BodyShare } from "./BodyBudget.ts"
import { maxHeld } from "./bodyLimit.ts"
import { Pieces } from "./Pieces.ts"

/**
 * Bodies up to this size are read straight into their place; larger ones are joined at their end,
 * so that a promise costs no memory.
 */
const preallocated = 1024 * 1024

/** How much of a body is waited for, in bytes, that is announced to be larger than what is held. */
const beginningBytes = 64 * 1024

/** The body is larger than the limit. */
export class BodyTooLarge extends Data.TaggedError("BodyTooLarge")<{ readonly limit: number }> {}

/** All bodies under way together would be more than the gateway holds. */
export class TooMuchAtOnce extends Data.TaggedError("TooMuchAtOnce")<Record<never, never>> {}

/** The client went away before its body was whole. */
export class BodyIncomplete extends Data.TaggedError("BodyIncomplete")<Record<never, never>> {}

/** Why there is no body. */
export type BodyError = BodyTooLarge | TooMuchAtOnce | BodyIncomplete

/** The beginning of a body that is passed on while it arrives. The request is paused. */
export class BegunBody extends Data.TaggedClass("BegunBody")<{
  readonly pieces: ReadonlyArray<Buffer>
  readonly size: number
}> {}

const none = Buffer.alloc(0)

/**
 * The length that a request announces for its body, in bytes; undefined where it comes in chunks.
 */
export const announcedLength = (request: IncomingMessage): number | undefined => {
  const announced = request.headers["content-length"]
  if (announced === undefined) return undefined
  return Number(announced)
}

/**
 * Reads the body to its end and gives it, or its beginning, or why there is none, to `done` once.
 * `limit` is that of its route, in bytes. A callback: a fiber that only waits for a body would cost
 * as much as the rest of a small request.
 */
export const readBody = (
  request: IncomingMessage,
  share: BodyShare,
  limit: number,
  done: (body: Buffer | BegunBody | BodyError) => void
): void => {
  const announced = announcedLength(request) ?? Number.NaN
  if (announced > limit) return done(new BodyTooLarge({ limit }))
  // A beginning of this size does not count in the budget: what passes through is not held.
  const isUpload = announced > maxHeld
  const held = isUpload ? beginningBytes : maxHeld
  let first: Buffer | undefined
  let whole: Buffer | undefined
  let pieces: Pieces | undefined
  let size = 0
  const finish = (body: Buffer | BegunBody | BodyError) => {
    request.off("data", onData)
    request.off("end", onEnd)
    request.off("close", onClose)
    done(body)
  }
  const onHeld = (chunk: Buffer) => {
    if (limit <= maxHeld) return finish(new BodyTooLarge({ limit }))
    request.pause()
    const before = pieces?.list() ?? (first === undefined ? [] : [first])
    finish(new BegunBody({ pieces: [...before, chunk], size: size + chunk.length }))
  }
  /** A body that comes in one piece, as small ones do, is that piece. */
  const onSecond = (begun: Buffer) => {
    if (announced > preallocated || Number.isNaN(announced)) {
      pieces = new Pieces()
      pieces.push(begun)
    } else {
      whole = Buffer.allocUnsafe(announced)
      begun.copy(whole)
    }
  }
  const onData = (chunk: Buffer) => {
    if (size + chunk.length > held) return onHeld(chunk)
    if (!isUpload && !share.take(chunk.length)) return finish(new TooMuchAtOnce())
    if (first === undefined) first = chunk
    else {
      if (size === first.length) onSecond(first)
      if (whole === undefined) pieces?.push(chunk)
      else chunk.copy(whole, size)
    }
    size += chunk.length
  }
  const onEnd = () => finish(whole?.subarray(0, size) ?? pieces?.joined() ?? first ?? none)
  const onClose = () => finish(new BodyIncomplete())
  request.on("data", onData)
  request.on("end", onEnd)
  request.on("close", onClose)
}
