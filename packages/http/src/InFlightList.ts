/**
 * What is there for a while, for collections that every request enters and leaves. A `Set` does the
 * same, but V8 ties each table that it has outgrown to the next one: an old one that nobody has
 * collected yet keeps all that were in any of them, and a server under load pays for moving
 * requests that are long over.
 */

interface Place<A> {
  readonly value: A
  at: number
}

/** Things that come and go, in no order. */
export class InFlightList<A> {
  private readonly places: Array<Place<A>> = []

  get size(): number {
    return this.places.length
  }

  /** Takes one in; gives what takes it out again, once. */
  enter(value: A): () => void {
    const place: Place<A> = { value, at: this.places.length }
    this.places.push(place)
    return () => {
      if (this.places[place.at] !== place) return
      const last = this.places.pop()
      if (last === undefined || last === place) return
      this.places[place.at] = last
      last.at = place.at
    }
  }

  *[Symbol.iterator](): Iterator<A> {
    for (const { value } of this.places) yield value
  }
}
