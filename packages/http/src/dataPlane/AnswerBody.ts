/**
 * The body of an answer on its way to the client. The pieces of one turn go out as one: a provider
 * sends every event as a chunk of its own, and a system call for each would cost more than
 * everything else about a stream. Nothing waits for longer than the turn.
 */
import type { ServerResponse } from "node:http"

/** How long a client may read nothing at all while bytes wait for it, in ms. */
const stallMs = 300_000

/** So many bytes go out at once, whatever else the turn brings. */
const maxWaitingBytes = 64 * 1024

/** One answer's body. `onRead` hears when a client that had enough for a while reads again. */
export class AnswerBody {
  private waiting: Array<Buffer> = []
  private waitingBytes = 0
  private scheduled = false
  /** How many reasons there are to send nothing yet. */
  private holds = 0
  private isEnded = false
  private stalled: NodeJS.Timeout | undefined
  private readonly response: ServerResponse
  private readonly onRead: () => void

  constructor(response: ServerResponse, onRead: () => void) {
    this.response = response
    this.onRead = onRead
  }

  private take(): Buffer | undefined {
    const { waiting, waitingBytes } = this
    if (waitingBytes === 0) return undefined
    this.waiting = []
    this.waitingBytes = 0
    if (waiting.length === 1) return waiting[0]
    return Buffer.concat(waiting, waitingBytes)
  }

  private readonly onTurnEnd = (): void => {
    this.scheduled = false
    if (this.holds === 0) this.flush()
  }

  private readonly onDrain = (): void => {
    this.stop()
    this.onRead()
  }

  /** Sends what waits. */
  flush(): void {
    const bytes = this.take()
    if (bytes === undefined || this.response.write(bytes)) return
    if (this.stalled === undefined) this.response.once("drain", this.onDrain)
    clearTimeout(this.stalled)
    // The connection keeps the program running; once that is gone, this is no reason to stay.
    this.stalled = setTimeout(() => this.response.destroy(), stallMs).unref()
  }

  /** Takes the next bytes; false when the client has enough for now. */
  write(chunk: Buffer): boolean {
    this.waiting.push(chunk)
    this.waitingBytes += chunk.length
    if (this.holds > 0) return false
    if (this.waitingBytes >= maxWaitingBytes) this.flush()
    else if (!this.scheduled) {
      this.scheduled = true
      process.nextTick(this.onTurnEnd)
    }
    // The same as `writableNeedDrain` of the response, without asking it for every event.
    return this.stalled === undefined
  }

  /** Sends what waits, and the end. */
  end(): void {
    this.stop()
    this.isEnded = true
    if (this.holds === 0) this.response.end(this.take())
  }

  /** Nothing goes out until it is released, as often as it was held. */
  hold(): void {
    this.holds += 1
  }

  release(): void {
    this.holds -= 1
    if (this.holds > 0 || this.response.destroyed) return
    if (this.isEnded) return void this.response.end(this.take())
    this.flush()
    if (this.stalled === undefined) this.onRead()
  }

  /** Nothing more is sent. */
  stop(): void {
    clearTimeout(this.stalled)
    this.stalled = undefined
  }
}
