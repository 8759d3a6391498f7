/**
 * The leases that this process holds, so that what is written under one can say so: a statement
 * that names a lease has no effect once the lease is somebody else's.
 */

import { randomUUID } from "node:crypto"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { wallNow } from "../realTime.ts"

/** A lease while it is held. Deadlines are this machine's, and never later than the database's. */
export class HeldLease {
  readonly mark: string
  readonly holder: string
  readonly epoch: number
  private monotonicUntil: number
  private wallUntil: number
  private isLost = false

  constructor(mark: string, holder: string, epoch: number, sentAt: Sent, ttlMs: number) {
    this.mark = mark
    this.holder = holder
    this.epoch = epoch
    this.monotonicUntil = sentAt.monotonic + ttlMs
    this.wallUntil = sentAt.wall + ttlMs
  }

  /** Later by a statement that the database has confirmed; `sentAt` is when it was sent. */
  extend(sentAt: Sent, ttlMs: number): void {
    this.monotonicUntil = Math.max(this.monotonicUntil, sentAt.monotonic + ttlMs)
    this.wallUntil = Math.max(this.wallUntil, sentAt.wall + ttlMs)
  }

  lose(): void {
    this.isLost = true
  }

  /**
   * Whether it is held for at least that long still, in ms. Both clocks must say so: the monotonic
   * one stands still while a machine sleeps, and the other one can be set back.
   */
  isHeldFor(ms: number): boolean {
    const now = sentNow()
    return (
      !this.isLost && now.monotonic + ms < this.monotonicUntil && now.wall + ms < this.wallUntil
    )
  }
}

/** When a statement was sent, by both clocks, in ms. */
export interface Sent {
  readonly monotonic: number
  readonly wall: number
}

/** Now. */
export const sentNow = (): Sent => ({ monotonic: performance.now(), wall: wallNow() })

/** `writer` names this process; `held` has at most one lease for each mark. */
export class HeldLeases extends Context.Tag("@clawdbot/postgres/OAuth/HeldLeases")<
  HeldLeases,
  { readonly writer: string; readonly held: Map<string, HeldLease> }
>() {}

/** None is held yet. */
export const layer: Layer.Layer<HeldLeases> = Layer.effect(
  HeldLeases,
  Effect.sync(() => ({ writer: randomUUID(), held: new Map() }))
)
