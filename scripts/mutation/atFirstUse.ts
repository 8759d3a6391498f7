/**
 * In the place of `Document/atFirstUse.ts` while mutants are judged: what was made while one mutant
 * was active must not be kept for the next one, and each test that needs it counts as reaching what
 * makes it.
 */
const circumstances = (): unknown => {
  const stryker: unknown = Reflect.get(globalThis, "__stryker__")
  if (typeof stryker !== "object" || stryker === null) return undefined
  return Reflect.get(stryker, "activeMutant") ?? Reflect.get(stryker, "currentTestId")
}

export const atFirstUse = <Arguments extends ReadonlyArray<unknown>, A>(
  make: () => (...given: Arguments) => A
): ((...given: Arguments) => A) => {
  let made: { readonly under: unknown; readonly call: (...given: Arguments) => A } | undefined
  return (...given) => {
    const under = circumstances()
    if (made === undefined || made.under !== under) made = { under, call: make() }
    return made.call(...given)
  }
}
