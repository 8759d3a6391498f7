/**
 * What one writer has not stored yet, as numbered batches. A batch whose outcome nobody knows keeps
 * its number and its content until it is confirmed, so that it counts once however often it is
 * sent. Pure.
 */
import { UsageBook } from "@clawdbot/domain/Usage/UsageBook"
import type { UsageCell } from "@clawdbot/domain/Usage/UsageCell"

/** So many cells are stored by one statement: well within its time limit on a slow server. */
export const maxBatch = 1_000

/** A batch as it is sent. */
export interface UsageBatch {
  readonly writer: string
  /** Greater than that of every batch which this writer stored before. */
  readonly seq: number
  readonly cells: ReadonlyArray<UsageCell>
}

/** Everything that waits, as it is kept on a disk. */
export interface Unstored {
  readonly writer: string
  /** The number of the first batch. */
  readonly seq: number
  readonly batches: ReadonlyArray<ReadonlyArray<UsageCell>>
}

const inBatches = (cells: ReadonlyArray<UsageCell>): ReadonlyArray<ReadonlyArray<UsageCell>> =>
  Array.from({ length: Math.ceil(cells.length / maxBatch) }, (_, index) =>
    cells.slice(index * maxBatch, (index + 1) * maxBatch)
  )

/** The batches of one writer. */
export class UsageOutbox {
  readonly writer: string
  private seq: number
  /** What may have been sent. */
  private current: ReadonlyArray<UsageCell> | undefined
  /** Halves of a batch that was refused, and what an earlier run has left: each a batch. */
  private readonly next: Array<ReadonlyArray<UsageCell>>
  /** What was never sent: it may still grow, within the bounds of a book. */
  private readonly rest = new UsageBook()

  constructor({ batches: [first, ...next], seq, writer }: Unstored) {
    this.writer = writer
    this.seq = seq
    this.current = first
    this.next = next
  }

  /** Adds what was used. */
  put(cells: Iterable<UsageCell>): void {
    this.rest.putBack(cells)
  }

  /** The batch to be sent, the same one until it is confirmed, split or dropped. */
  head(): UsageBatch | undefined {
    if (this.current === undefined) {
      if (this.next.length === 0) this.next.push(...inBatches(this.rest.take()))
      this.current = this.next.shift()
    }
    if (this.current === undefined) return undefined
    return { writer: this.writer, seq: this.seq, cells: this.current }
  }

  /** The head is stored. */
  confirm(): void {
    this.current = undefined
    this.seq += 1
  }

  /** Makes two of a head that was refused as a whole; false where it is a single cell. */
  split(): boolean {
    const cells = this.current ?? []
    if (cells.length < 2) return false
    const middle = Math.ceil(cells.length / 2)
    this.current = cells.slice(0, middle)
    this.next.unshift(cells.slice(middle))
    return true
  }

  /** Gives up a head that was refused. Its number is not used again: the others keep theirs. */
  drop(): ReadonlyArray<UsageCell> {
    const cells = this.current ?? []
    this.confirm()
    return cells
  }

  get isEmpty(): boolean {
    return this.current === undefined && this.next.length === 0 && this.rest.isEmpty
  }

  /** How many cells wait. */
  get size(): number {
    const batches = [this.current ?? [], ...this.next]
    return batches.reduce((sum, { length }) => sum + length, this.rest.size)
  }

  /** Everything that waits, in the order in which it is sent. */
  unstored(): Unstored {
    const current = this.current === undefined ? [] : [this.current]
    const rest = inBatches(this.rest.cells())
    return { writer: this.writer, seq: this.seq, batches: [...current, ...this.next, ...rest] }
  }
}

/** How many requests are in cells. */
export const requestsIn = (cells: Iterable<UsageCell>): number =>
  [...cells].reduce((sum, { requests, unmeasured }) => sum + requests + unmeasured, 0)
