/** "Did you mean …": the word nearest to a wrong one. */
import { editDistance } from "../Config/editDistance.ts"

/** The nearest of the words, if any is near enough to have been meant. Case is a slip as well. */
export const nearest = (wrong: string, words: ReadonlyArray<string>): string | undefined => {
  const ranked = words
    .map((word) => ({ word, far: editDistance(wrong.toLowerCase(), word.toLowerCase()) }))
    .sort((a, b) => a.far - b.far)
  const [best] = ranked
  if (best !== undefined && best.far <= Math.max(2, Math.floor(wrong.length / 3))) return best.word
  return undefined
}
