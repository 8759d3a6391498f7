/**
 * How far an answer shows quotas used. Shown to people; blocks nothing by itself. One that is used
 * up while requests go on as extra usage has the source `extra-usage`: whether it blocks is for
 * {@link "./extraUsage.ts"} to say. Pure.
 */
import { ownLimits } from "../Budget/limitHeaders.ts"
import { listIf } from "../Document/listIf.ts"
import { type HeaderReader, within } from "./answerHeaders.ts"
import { keyLimits, type LimitReading } from "./keyLimits.ts"
import { planUsage } from "./planLimits.ts"
import { type RequestShape, requestTarget } from "./RequestTarget.ts"
import type { Window, WindowSource } from "./Window.ts"

/**
 * All the quotas that an answer to `asked` shows; not those of a client, from a gateway between the
 * provider and this one. `now` in epoch ms.
 */
export const readUsage = (
  header: HeaderReader,
  asked: RequestShape,
  now: number
): ReadonlyArray<Window> => {
  const usage =
    (source: WindowSource) =>
    ({ resetAt, scope, utilization }: LimitReading): Window => ({
      scope,
      until: within(resetAt, now) ?? 0,
      class: "usage",
      source,
      utilization,
      observedAt: now
    })
  return [
    ...keyLimits(header, requestTarget(asked)).map(usage("ratelimit-reset")),
    ...listIf(header(ownLimits) === undefined, ...planUsage(header)).map((reading) =>
      usage(reading.isExtraUsage ? "extra-usage" : "unified-reset")(reading)
    )
  ]
}
