/**
 * Gives back the memory that a burst left behind. V8 collects garbage when more is allocated; after
 * a burst little is, so the sockets and bodies of thousands of requests that are over could stay
 * for minutes. Memory outside of V8's heap counts towards its decision to begin an incremental
 * collection: announcing some, without ever touching it, costs nothing and begins one, in steps of
 * a few milliseconds.
 */
import * as v8 from "node:v8"

/** How often {@link HeapRelief.look} should be called, in ms. */
export const lookEveryMs = 5_000

/** A collection is asked for no more often than this, in ms. */
const askEveryMs = 15_000

/** So much more than at the best of times may be held before one is asked for, in bytes. */
const tolerated = 32 * 1024 * 1024

/**
 * What is announced, in bytes: V8 begins to collect for 64 MB. Above 32 MB the system's allocator
 * maps it by itself, and no page of it is ever there.
 */
const announced = 96 * 1024 * 1024

/** The memory that V8 holds now, its buffers included, in bytes. */
const heldNow = (): number => {
  const { external_memory, total_heap_size } = v8.getHeapStatistics()
  return total_heap_size + external_memory
}

/** Asks for collections when much more is held than before. */
export class HeapRelief {
  /** The least that was ever held, in bytes. */
  private least = Number.POSITIVE_INFINITY
  private askedAt = Number.NEGATIVE_INFINITY
  /** What was announced last. Where it is gone, a collection is over. */
  private announcement: WeakRef<ArrayBuffer> | undefined
  private readonly now: () => number
  private readonly held: () => number

  /** `now` gives ms of a clock that never jumps, `held` the bytes that are held. */
  constructor(now: () => number, held: () => number = heldNow) {
    this.now = now
    this.held = held
  }

  /** Looks at what is held; whether a collection was asked for. */
  look(): boolean {
    const own = this.announcement?.deref() === undefined ? 0 : announced
    const held = this.held() - own
    this.least = Math.min(this.least, held)
    const now = this.now()
    if (held <= this.least + tolerated || now - this.askedAt < askEveryMs) return false
    this.askedAt = now
    this.announcement = new WeakRef(new ArrayBuffer(announced))
    return true
  }
}
