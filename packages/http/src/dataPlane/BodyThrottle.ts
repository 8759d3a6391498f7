/**
 * Reads a body within its client's share of time: no more of it in a turn than there is time for,
 * however small its pieces are.
 */
import type { IncomingMessage } from "node:http"
import { type ClientTurns, costOf, pieceCost } from "../FairScheduler.ts"
import { pauseBody, resumeSocket } from "../pauseSocket.ts"

/** What going on with a body is reckoned with: a read of the system, in µs. */
const nextRead = costOf(64 * 1024)

/** The reading of a body that had to wait for its client's time. Few ever do. */
export class BodyThrottle {
  private readonly request: IncomingMessage
  private readonly turns: ClientTurns
  private isWaiting = false
  /** What was counted for the read that goes on, and not used yet; in µs. */
  private counted = 0

  constructor(request: IncomingMessage, turns: ClientTurns) {
    this.request = request
    this.turns = turns
  }

  /** Counts a piece of so many bytes, and goes on later where there is no time for more. */
  pass(bytes: number): void {
    const cost = costOf(bytes)
    const covered = Math.min(cost, this.counted)
    this.counted -= covered
    if (this.turns.pass(bytes, covered)) return
    if (this.counted < pieceCost) this.continueLater()
  }

  /**
   * Until the client's time has come no more of it is read. What Node has read already is taken as
   * it comes: each chunk of it costs its time now, and keeping it for later only adds to that.
   */
  continueLater(): void {
    if (this.isWaiting) return
    this.isWaiting = true
    const { request } = this
    pauseBody(request.socket)
    this.turns.defer(() => {
      this.isWaiting = false
      this.counted = nextRead
      resumeSocket(request.socket)
    }, nextRead)
  }
}
