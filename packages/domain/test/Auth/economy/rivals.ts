/** Rules that other programs publish, written from their own words. */
import type { Rule, Seen } from "./provider.ts"

const usedOf = (seen: Seen | undefined, now: number): number => {
  if (seen === undefined) return 1
  return Math.max(now >= seen.end5h ? 0 : seen.used5h, now >= seen.end7d ? 0 : seen.used7d)
}

/** "Stay on the current account until it is 98 % used, then take the next." */
export const threshold = (): Rule => {
  let current = 0
  return (now, _talk, seen, open) => {
    const isGood = (index: number) => open.includes(index) && usedOf(seen[index], now) < 0.98
    for (let step = 0; step < seen.length; step++) {
      const index = (current + step) % seen.length
      if (!isGood(index)) continue
      current = index
      return index
    }
    // None is below it: the next one that still answers.
    while (!open.includes(current)) current = (current + 1) % seen.length
    return current
  }
}

/** "Each conversation gets the next account in turn, and stays on it until it is refused." */
export const roundRobin = (): Rule => {
  let last = -1
  return (_now, talk, seen, open) => {
    if (talk.plan !== undefined && open.includes(talk.plan)) return talk.plan
    do last = (last + 1) % seen.length
    while (!open.includes(last))
    return last
  }
}

/** "Each request gets the next account in turn." */
export const everyRequest = (): Rule => {
  let last = -1
  return (_now, _talk, seen, open) => {
    do last = (last + 1) % seen.length
    while (!open.includes(last))
    return last
  }
}
