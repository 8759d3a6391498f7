/**
 * Which requests take too long to arrive. Node has one limit for all of them, from the first byte;
 * a file of hundreds of megabytes may take as long as it takes, as long as bytes come. They are
 * looked over now and then, so that those that arrive at once cost nothing.
 */
import type { IncomingMessage } from "node:http"
import { takesUploads } from "./dataPlane/bodyLimit.ts"
import type { ClientTimeouts } from "./GatewayOptions.ts"

interface Wait {
  readonly since: number
  readonly bytes: number
  /** When bytes came last, as far as it was seen. */
  readonly movedAt: number
}

/** The requests of one server that are still arriving. */
export class SlowSenders {
  private waits: ReadonlyMap<IncomingMessage, Wait> = new Map()
  private readonly timeouts: ClientTimeouts

  constructor(timeouts: ClientTimeouts) {
    this.timeouts = timeouts
  }

  /** How often to look, in ms. */
  get everyMs(): number {
    return Math.min(this.timeouts.headersMs / 2, this.timeouts.idleMs / 4)
  }

  /**
   * Those of the requests `arriving` that have taken too long. `now` in ms, of a clock that never
   * jumps.
   */
  late(arriving: ReadonlyArray<IncomingMessage>, now: number): ReadonlyArray<IncomingMessage> {
    const waits = new Map<IncomingMessage, Wait>()
    const late: Array<IncomingMessage> = []
    for (const request of arriving) {
      const before = this.waits.get(request) ?? { since: now, bytes: -1, movedAt: now }
      const bytes = request.socket.bytesRead
      // A request that is not read just now waits for the upstream, not for its client.
      const moved = bytes !== before.bytes || request.isPaused()
      const wait = { since: before.since, bytes, movedAt: moved ? now : before.movedAt }
      // One that is late goes on being so: its connection may take another look to be gone.
      waits.set(request, wait)
      if (this.isLate(request, wait, now)) late.push(request)
    }
    this.waits = waits
    return late
  }

  private isLate({ method, url }: IncomingMessage, wait: Wait, now: number): boolean {
    if (takesUploads(method, url ?? "/")) return now - wait.movedAt >= this.timeouts.idleMs
    return now - wait.since >= this.timeouts.requestMs
  }
}
