/**
 * Results that are worked out once for each name. Names come by the thousand but are few; where
 * somebody makes them up, neither their number nor their length may grow the memory.
 */
import { maxText } from "./shortText.ts"

/** So many names are remembered unless something else is said. */
export const maxNames = 256

/**
 * `calculate` with its results remembered. A name longer than {@link maxText} characters is
 * calculated each time; when `max` names are known, all are forgotten: what is in use is known
 * again at once.
 */
export const boundedMemo = <A>(
  calculate: (name: string) => A,
  max = maxNames
): ((name: string) => A) => {
  const known = new Map<string, A>()
  return (name) => {
    const before = known.get(name)
    if (before !== undefined) return before
    const found = calculate(name)
    if (name.length > maxText) return found
    if (known.size >= max) known.clear()
    known.set(name, found)
    return found
  }
}
