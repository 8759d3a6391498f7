/** The sums of a choice by quota, in words (docs/scheduling.md). Pure. */
import type { Explanation } from "@clawdbot/domain/Auth/Explanation"
import * as Duration from "@clawdbot/domain/Status/duration"
import { textOf } from "@clawdbot/domain/Text/textIf"

type Candidate = Explanation["candidates"][number]

const percent = (share: number): string => `${Math.round(share * 100)} %`

/** What a candidate was compared by, a line each; none where it was not by quota. */
export const quotaLines = ({ quota }: Candidate, now: number): ReadonlyArray<string> => {
  if (quota === undefined) return []
  const { cache, conversations, headroom, neededPerHour, reserve, room } = quota
  const perHour = (neededPerHour * 100).toFixed(1)
  const sums =
    `${percent(headroom)} left (reserve ${percent(reserve)}); room ${percent(room)}; ` +
    `${perHour} % an hour would use up its week; conversations in the last 5 minutes: ` +
    `${conversations}`
  if (cache === undefined) return [sums]
  const { moveUsd, tokens, until } = cache
  const size = textOf(tokens, (tokens) => ` of ${tokens} tokens`)
  const cost = textOf(
    moveUsd,
    (usd) => `; another credential would write it for $${usd.toFixed(2)}`
  )
  return [
    sums,
    `prompt cache${size} for ${Duration.exact(until - now)}; staying costs nothing${cost}`
  ]
}
