/**
 * How many readers of events there are. Each keeps a connection, and up to a thousand records that
 * it has not read yet.
 */

/** So many may be open, all clients together, and for each client. */
export const maxStreams = 64
export const maxStreamsPerClient = 16

/** The readers of one gateway. */
export class EventStreams {
  private readonly open = new Map<string, number>()
  private total = 0

  /** Counts one more reader; gives what counts it off, or undefined where there are too many. */
  enter(client: string): (() => void) | undefined {
    const own = this.open.get(client) ?? 0
    if (this.total >= maxStreams || own >= maxStreamsPerClient) return undefined
    this.open.set(client, own + 1)
    this.total += 1
    let left = false
    return () => {
      if (left) return
      left = true
      this.total -= 1
      const rest = (this.open.get(client) ?? 1) - 1
      if (rest === 0) this.open.delete(client)
      else this.open.set(client, rest)
    }
  }
}
