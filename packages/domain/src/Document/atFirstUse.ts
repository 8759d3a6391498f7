/** Functions that are made when they are first called. */

/**
 * A function that `make` returns, made at its first call. Compiling a schema into a decoder takes
 * longer than most documents take to decode, and a command decodes few of the documents whose
 * modules it loads.
 */
export const atFirstUse = <Arguments extends ReadonlyArray<unknown>, A>(
  make: () => (...given: Arguments) => A
): ((...given: Arguments) => A) => {
  let made: ((...given: Arguments) => A) | undefined
  return (...given) => {
    made ??= make()
    return made(...given)
  }
}
