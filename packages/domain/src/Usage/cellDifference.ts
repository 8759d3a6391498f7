/** What came to a cell of usage since it was kept: the reverse of adding one to it. Pure. */
import type * as Cost from "./Cost.ts"
import type { UsageCell } from "./UsageCell.ts"

const counts = ({ requests, unmeasured, usage }: UsageCell): ReadonlyArray<number> => [
  requests,
  unmeasured,
  ...Object.values(usage)
]

/** Sums of fractions do not come back to zero by themselves. */
const left = (now: number, before: number): number => Math.max(0, now - before)

const costDifference = (
  now: Cost.Cost | undefined,
  before: Cost.Cost | undefined
): Cost.Cost | undefined => {
  if (now === undefined || before === undefined) return now
  const priced = now.priced - before.priced
  if (priced <= 0) return undefined
  return { priced, billed: left(now.billed, before.billed), list: left(now.list, before.list) }
}

const assumedDifference = (
  now: number | undefined,
  before: number | undefined
): number | undefined => {
  if (now === undefined || before === undefined) return now
  return left(now, before) || undefined
}

/** What has to be added to `before` to make `now`; undefined where that is no addition. */
export const cellDifference = (now: UsageCell, before: UsageCell): UsageCell | undefined => {
  const difference: UsageCell = {
    ...now,
    requests: now.requests - before.requests,
    unmeasured: now.unmeasured - before.unmeasured,
    usage: {
      input: now.usage.input - before.usage.input,
      output: now.usage.output - before.usage.output,
      cacheRead: now.usage.cacheRead - before.usage.cacheRead,
      cacheWrite5m: now.usage.cacheWrite5m - before.usage.cacheWrite5m,
      cacheWrite1h: now.usage.cacheWrite1h - before.usage.cacheWrite1h,
      cacheWriteOther: now.usage.cacheWriteOther - before.usage.cacheWriteOther
    },
    cost: costDifference(now.cost, before.cost),
    assumed: assumedDifference(now.assumed, before.assumed)
  }
  if (counts(difference).some((count) => count < 0)) return undefined
  return difference
}

/** Whether a cell adds nothing: every cost is that of a request. */
export const isNothing = (cell: UsageCell): boolean => counts(cell).every((count) => count === 0)
