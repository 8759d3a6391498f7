/**
 * A request's body as one buffer, with a limit; or its beginning, where the route takes bodies that
 * are larger than what is held. Chunks are joined once, whatever the size.
 */
import type { IncomingMessage } from "node:http"
import * as Data from "effect/Data"
import type { ClientTurns } from "../FairScheduler.ts"
import { dropReceived } from "../pauseSocket.ts"
import type { BodyShare } from "./BodyBudget.ts"
import { BodyThrottle } from "./BodyThrottle.ts"
import { maxHeld } from "./bodyLimit.ts"
import { bodyMemory } from "./bodyMemory.ts"
import { Pieces } from "./Pieces.ts"

/**
 * Bodies up to this size are read straight into their place as soon as they are announced. Larger
 * ones as well, but what is announced counts in the budget at once: a promise must not cost others
 * their room for nothing. Joining one at its end would take the time of all its bytes in one go.
 */
const unreserved = 1024 * 1024

/**
 * Every piece costs the same, however small it is, and one read of the system may bring ten
 * thousand of them: a body may come in so many pieces, and in more where they have so many bytes
 * each.
 */
const maxPieces = 1_024
const minAverageBytes = 16

/** How much of a body is waited for, in bytes, that is announced to be larger than what is held. */
const beginningBytes = 64 * 1024

/** The body is larger than the limit. */
export class BodyTooLarge extends Data.TaggedError("BodyTooLarge")<{ readonly limit: number }> {}

/** All bodies under way together would be more than the gateway holds. */
export class TooMuchAtOnce extends Data.TaggedError("TooMuchAtOnce")<Record<never, never>> {}

/** The body came in pieces of a few bytes, and many of them. */
export class BodyInTinyChunks extends Data.TaggedError("BodyInTinyChunks")<Record<never, never>> {}

/** The client went away before its body was whole. */
export class BodyIncomplete extends Data.TaggedError("BodyIncomplete")<Record<never, never>> {}

/** Why there is no body. */
export type BodyError = BodyTooLarge | TooMuchAtOnce | BodyInTinyChunks | BodyIncomplete

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
  turns: ClientTurns,
  done: (body: Buffer | BegunBody | BodyError) => void
): void => {
  const announced = announcedLength(request) ?? Number.NaN
  if (announced > limit) return done(new BodyTooLarge({ limit }))
  // A beginning of this size does not count in the budget: what passes through is not held.
  const isUpload = announced > maxHeld
  const most = isUpload ? beginningBytes : maxHeld
  let first: Buffer | undefined
  let whole: Buffer | undefined
  let pieces: Pieces | undefined
  let size = 0
  let count = 0
  let slowed: BodyThrottle | undefined
  const isReserved = announced > unreserved && !isUpload
  if (isReserved && !share.take(announced)) return done(new TooMuchAtOnce())
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
    if (isUpload || Number.isNaN(announced)) {
      pieces = new Pieces()
      pieces.push(begun)
    } else {
      // The system gives the memory when it is written to, not before.
      whole = isReserved ? bodyMemory(announced) : Buffer.allocUnsafe(announced)
      begun.copy(whole)
    }
  }
  const onData = (chunk: Buffer) => {
    if (size + chunk.length > most) return onHeld(chunk)
    if (!isUpload && !isReserved && !share.take(chunk.length)) return finish(new TooMuchAtOnce())
    if (first === undefined) first = chunk
    else {
      if (size === first.length) onSecond(first)
      if (whole === undefined) pieces?.push(chunk)
      else chunk.copy(whole, size)
    }
    size += chunk.length
    count += 1
    if (count > maxPieces && size < count * minAverageBytes) {
      // Not another byte of it: reading tiny chunks is what costs.
      dropReceived(request.socket)
      return finish(new BodyInTinyChunks())
    }
    if (slowed !== undefined) return slowed.pass(chunk.length)
    // Of a body that is whole there is nothing left to slow down: its request waits, not its end.
    if (turns.pass(chunk.length) || size === announced) return
    slowed = new BodyThrottle(request, turns)
    slowed.continueLater()
  }
  // Taken off, they also let go of the body, which a request outlives by its answer.
  const onEnd = () => finish(whole?.subarray(0, size) ?? pieces?.joined() ?? first ?? none)
  const onClose = () => finish(new BodyIncomplete())
  request.on("data", onData)
  request.on("end", onEnd)
  request.on("close", onClose)
}
