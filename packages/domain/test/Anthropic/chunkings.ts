/** Ways to cut bytes, and to count what it costs to read them. */

/** Bytes cut at these places, as buffers whose memory is used again afterwards. */
export const cut = (all: Uint8Array, places: ReadonlyArray<number>): ReadonlyArray<Uint8Array> => {
  const sorted = [0, ...places.map((place) => place % (all.length + 1)), all.length].sort(
    (one, other) => one - other
  )
  return sorted.slice(1).map((end, index) => Buffer.from(all.subarray(sorted[index], end)))
}

/** Calls that go over so many bytes of what they are called on, by name. */
const spans: Readonly<
  Record<string, (bytes: Uint8Array, given: ReadonlyArray<number>, result: unknown) => number>
> = {
  // Up to what was found.
  indexOf: (bytes, [, from = 0], result) =>
    typeof result === "number" && result >= 0 ? result - from + 1 : bytes.length - from,
  // Where it is copied or decoded, whoever asked for it goes over it.
  subarray: (_, __, result) => (result instanceof Uint8Array ? result.length : 0)
}

/**
 * The same bytes, but every look at one of them counts, and so does what searches and copies go
 * over: operations can be compared where times cannot.
 */
export const counted = (bytes: Uint8Array, counter: { count: number }): Uint8Array =>
  new Proxy(bytes, {
    get: (target, key) => {
      if (typeof key === "string" && /^\d+$/.test(key)) {
        counter.count += 1
        return target[Number(key)]
      }
      const value: unknown = Reflect.get(target, key, target)
      if (typeof value !== "function") return value
      return (...given: ReadonlyArray<number>) => {
        const result: unknown = Reflect.apply(value, target, given)
        counter.count += spans[String(key)]?.(target, given, result) ?? target.length
        return result
      }
    }
  })
