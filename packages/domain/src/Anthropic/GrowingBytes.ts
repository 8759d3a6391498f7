/**
 * Bytes that come in pieces, copied into one buffer that doubles: the cost of all pieces together
 * is that of their bytes, however small they are, and so is the memory.
 */

/** The room of the first buffer, in bytes. */
const firstRoom = 64

/** A text of bytes that grows at its end. */
export class GrowingBytes {
  private room: Uint8Array | undefined
  private used = 0

  get length(): number {
    return this.used
  }

  /** Takes in the bytes between two positions. */
  push(chunk: Uint8Array, start: number, end: number): void {
    const next = this.used + end - start
    let { room } = this
    if (room === undefined || next > room.length) {
      const larger = new Uint8Array(Math.max(firstRoom, next, 2 * (room?.length ?? 0)))
      if (room !== undefined) larger.set(room.subarray(0, this.used))
      this.room = larger
      room = larger
    }
    // A call for a byte or two costs more than they do.
    if (end - start < 16) {
      for (let index = start; index < end; index++) room[this.used++] = chunk[index] ?? 0
    } else {
      room.set(chunk.subarray(start, end), this.used)
      this.used = next
    }
  }

  /** All of them; the same memory until more come. */
  bytes(): Uint8Array {
    return this.room?.subarray(0, this.used) ?? new Uint8Array(0)
  }
}
