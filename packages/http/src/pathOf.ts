import { maxText, shortPart } from "@clawdbot/domain/Bounded/shortText"

/** Where a target's path ends: at the question mark. */
const pathEnd = (target: string): number => {
  const end = target.indexOf("?")
  if (end < 0) return target.length
  return end
}

/** The path of a request's target: what stands before the question mark. */
export const pathOf = (target: string): string => target.slice(0, pathEnd(target))

/**
 * The same to be kept: at most {@link maxText} characters, and nothing of the rest of the target.
 */
export const shortPathOf = (target: string): string => {
  if (target.length <= maxText) return pathOf(target)
  return shortPart(target, 0, pathEnd(target))
}
