/**
 * Bytes that come in pieces and are wanted as a whole. Every piece is an object of its own, with a
 * hundred bytes or more beside its content: a body in one-byte pieces would take a hundred times
 * its size. Small pieces are therefore copied together; large ones are kept as they are, so that
 * nothing is copied twice.
 */

import { bodyMemory } from "./bodyMemory.ts"

/** Pieces below this size are copied together, in bytes. */
const small = 1_024
/** So many are kept as they are, whatever their size: few answers come in more. */
const few = 4
/** The room that small pieces are copied into, in bytes. */
const blockBytes = 16 * 1024

/** The pieces so far. */
export class Pieces {
  private pieces: Array<Buffer> = []
  private size = 0
  /** Room for small pieces, and how much of it is used but not among the pieces yet. */
  private block: Buffer | undefined
  private filled = 0

  /** The bytes of all pieces. */
  get bytes(): number {
    return this.size
  }

  /** Takes the next one. Its memory is not used by anybody else from now on. */
  push(piece: Buffer): void {
    this.size += piece.length
    if (piece.length >= small || (this.pieces.length < few && this.filled === 0)) {
      this.close()
      this.pieces.push(piece)
      return
    }
    if (this.block === undefined || this.block.length - this.filled < piece.length) {
      this.close()
      this.block = Buffer.allocUnsafeSlow(blockBytes)
    }
    piece.copy(this.block, this.filled)
    this.filled += piece.length
  }

  /** What was copied becomes a piece; the rest of the room is still there. */
  private close(): void {
    if (this.block === undefined || this.filled === 0) return
    this.pieces.push(this.block.subarray(0, this.filled))
    this.block = this.block.subarray(this.filled)
    this.filled = 0
  }

  /** All of them, in order. */
  list(): ReadonlyArray<Buffer> {
    this.close()
    return this.pieces
  }

  /** All of them as one. */
  joined(): Buffer {
    const pieces = this.list()
    const [first] = pieces
    if (first !== undefined && pieces.length === 1) return first
    const whole = bodyMemory(this.size)
    let at = 0
    for (const piece of pieces) at += piece.copy(whole, at)
    return whole
  }

  /** Forgets them. */
  clear(): void {
    this.pieces = []
    this.size = 0
    this.block = undefined
    this.filled = 0
  }
}
