/**
 * What is there for a while, for collections that every request enters and leaves. A `Set` does the
 * same, but V8 ties each table that it has outgrown to the next one: an old one that nobody has
 * collected yet keeps all that were in any of them, and a server under load pays for moving
 * requests that are long over.
 */

interface Slot<A> {
  readonly value: A
  at: number
}

/** Things that come and go, in no order. */
export class InFlightList<A> {
  private readonly slots: Array<Slot<A>> = []

  get size(): number {
    return this.slots.length
  }

  /** Takes one in; gives what takes it out again, once. */
  enter(value: A): () => void {
    const slot: Slot<A> = { value, at: this.slots.length }
    this.slots.push(slot)
    return () => {
      if (this.slots[slot.at] !== slot) return
      const last = this.slots.pop()
      if (last === undefined || last === slot) return
      this.slots[slot.at] = last
      last.at = slot.at
    }
  }

  *[Symbol.iterator](): Iterator<A> {
    for (const { value } of this.slots) yield value
  }
}
