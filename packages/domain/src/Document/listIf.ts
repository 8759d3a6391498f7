/** Parts of a list that are there only sometimes. */

/** The items where it holds, else none. */
export const listIf = <A>(holds: boolean, ...items: ReadonlyArray<A>): ReadonlyArray<A> => {
  if (holds) return items
  return []
}

/** What `make` makes of a value that is there, else none. */
export const listOf = <A, B>(
  value: A | undefined,
  make: (value: A) => ReadonlyArray<B>
): ReadonlyArray<B> => {
  if (value === undefined) return []
  return make(value)
}
