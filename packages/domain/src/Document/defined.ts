/** Objects without the fields that hold nothing. */

/** The fields of an object that may hold nothing as fields that may be absent. */
export type Defined<A> = { readonly [Key in keyof A]?: Exclude<A[Key], undefined> }

/**
 * The fields that hold something, to be spread into a document: a field of a JSON document or an
 * error is absent where there is nothing to say, never `undefined`.
 */
export const defined = <A extends object>(fields: A): Defined<A> => {
  const found = Object.entries(fields).filter(([, value]) => value !== undefined)
  // Each of them is a field of what came in.
  return Object.fromEntries(found) as Defined<A>
}

/** What `use` makes of a value that is there; undefined where it is not. */
export const ifDefined = <A, B>(value: A | undefined, use: (value: A) => B): B | undefined => {
  if (value === undefined) return undefined
  return use(value)
}
