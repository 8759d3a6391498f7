/**
 * A body that is passed on while it arrives, for the routes whose bodies are larger than what the
 * gateway holds. Both sides hold each other back: no more is read from the client than the upstream
 * takes. It may take as long as it takes, as long as bytes move.
 */
import type { IncomingMessage } from "node:http"
import { Readable } from "node:stream"
import { announcedLength, type BegunBody, BodyTooLarge } from "./readBody.ts"

/** How long an upload may stand still, and how long its answer is waited for, in ms. */
export interface UploadTimes {
  readonly idleMs: number
  readonly answerMs: number
}

/** What hears of an upload that cannot go on. */
export interface UploadEvents {
  /** The client sends more than its route takes, or nothing for too long. */
  readonly onClientFault: (fault: BodyTooLarge | "Stalled") => void
  /** The upstream takes nothing, or does not answer, for too long. */
  readonly onUpstreamStalled: () => void
  /** What was held of the body is on its way. */
  readonly onBeginningSent: () => void
}

/** One upload. `limit` in bytes. */
export class UploadBody extends Readable {
  private readonly pieces: Array<Buffer>
  private size: number
  private readonly request: IncomingMessage
  private readonly limit: number
  private readonly times: UploadTimes
  private readonly events: UploadEvents
  private timer: NodeJS.Timeout

  constructor(
    request: IncomingMessage,
    begun: BegunBody,
    limit: number,
    times: UploadTimes,
    events: UploadEvents
  ) {
    super({ highWaterMark: 64 * 1024 })
    this.request = request
    this.pieces = [...begun.pieces]
    this.size = begun.size
    this.limit = limit
    this.times = times
    this.events = events
    this.timer = setTimeout(this.onIdle, times.idleMs)
    // Whoever reads it hears of its end by itself.
    this.on("error", () => undefined)
    request.on("data", this.onChunk)
    request.on("end", this.onRequestEnd)
    request.pause()
  }

  /** The whole length, where the client announced it. */
  get announced(): number | undefined {
    return announcedLength(this.request)
  }

  /** Nothing is waited for any more. */
  stop(): void {
    clearTimeout(this.timer)
  }

  override _read(): void {
    this.timer.refresh()
    for (;;) {
      const piece = this.pieces.shift()
      if (piece === undefined) break
      const wantsMore = this.push(piece)
      if (this.pieces.length === 0) this.events.onBeginningSent()
      if (!wantsMore) return
    }
    this.request.resume()
  }

  /** The upstream wants no more of it; the client may still be sending, to nobody. */
  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.request.off("data", this.onChunk)
    this.request.off("end", this.onRequestEnd)
    this.pieces.length = 0
    if (!this.request.complete) this.stop()
    this.request.resume()
    done(error)
  }

  private readonly onChunk = (chunk: Buffer): void => {
    this.timer.refresh()
    this.size += chunk.length
    if (this.size > this.limit) {
      this.stop()
      return this.events.onClientFault(new BodyTooLarge({ limit: this.limit }))
    }
    if (!this.push(chunk)) this.request.pause()
  }

  private readonly onRequestEnd = (): void => {
    this.push(null)
    this.stop()
    this.timer = setTimeout(this.events.onUpstreamStalled, this.times.answerMs)
  }

  private readonly onIdle = (): void => {
    if (this.pieces.length > 0 || this.request.isPaused()) this.events.onUpstreamStalled()
    else this.events.onClientFault("Stalled")
  }
}
