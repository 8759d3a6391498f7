/** The sums of a choice by quota, in words (docs/scheduling.md). Pure. */
import type { Explanation } from "@clawdbot/domain/Auth/Explanation"
import { shortLifeMs } from "@clawdbot/domain/Auth/economy/ConversationUse"
import { moveUsd as moveUsdOf } from "@clawdbot/domain/Auth/economy/quotaMoment"
import * as Duration from "@clawdbot/domain/Status/duration"
import { textOf } from "@clawdbot/domain/Text/textIf"

type Candidate = Explanation["candidates"][number]

/** What a gateway says that a window holds. */
export interface ToldSize {
  readonly profileId: string
  readonly holdsUsd?: number
}

/** For how large a prompt cache a move is priced where no conversation is known, in tokens. */
const exampleTokens = 100_000

const percent = (share: number): string => `${Math.round(share * 100)} %`
const fineShare = (share: number): string => `${(share * 100).toFixed(1)} %`
const dollars = (usd: number): string => `$${usd.toFixed(2)}`

/** What the five hours of a candidate hold, in USD. */
const sizeOf = ({ profile, quota }: Candidate, told: ReadonlyArray<ToldSize>): number | undefined =>
  told.find(({ holdsUsd, profileId }) => profileId === profile && holdsUsd !== undefined)
    ?.holdsUsd ?? quota?.sizeUsd

/** How large a plan is, and what of it a conversation takes that moves to it. */
const sizeLines = (
  { model }: Pick<Explanation, "model">,
  size: number | undefined,
  now: number
): ReadonlyArray<string> => {
  if (size === undefined) return []
  const example = moveUsdOf({ tokens: exampleTokens, lifeMs: shortLifeMs }, model, now)
  const share = textOf(
    example,
    (usd) =>
      `; a conversation that moves to it with ${exampleTokens} cached tokens uses ` +
      `${fineShare(usd / size)} of them for that`
  )
  return [`its 5 hours hold about ${dollars(size)} by list price${share}`]
}

/** What it costs to move the conversation of a candidate, and which part of another that is. */
const moveText = (
  { candidates }: Pick<Explanation, "candidates">,
  { profile }: Candidate,
  usd: number,
  told: ReadonlyArray<ToldSize>
): string => {
  const next = candidates.find((other) => other.profile !== profile && other.state === "ready")
  const size = next && sizeOf(next, told)
  const part = textOf(size, (size) => ` (${fineShare(usd / size)} of ${next?.profile}'s 5 hours)`)
  return `; another credential would write it for ${dollars(usd)}${part}`
}

/**
 * What a candidate was compared by, a line each; none where it was not by quota. `told` is what a
 * gateway says of plans; `now` is epoch ms.
 */
export const quotaLines = (
  explanation: Pick<Explanation, "candidates" | "model">,
  candidate: Candidate,
  told: ReadonlyArray<ToldSize>,
  now: number
): ReadonlyArray<string> => {
  const { quota } = candidate
  if (quota === undefined) return []
  const { cache, conversations, headroom, neededPerHour, reserve, room } = quota
  const perHour = (neededPerHour * 100).toFixed(1)
  const sums =
    `${percent(headroom)} left (reserve ${percent(reserve)}); room ${percent(room)}; ` +
    `${perHour} % an hour would use up its week; conversations in the last 5 minutes: ` +
    `${conversations}`
  const lines = [sums, ...sizeLines(explanation, sizeOf(candidate, told), now)]
  if (cache === undefined) return lines
  const { moveUsd, tokens, until } = cache
  const size = textOf(tokens, (tokens) => ` of ${tokens} tokens`)
  const cost = textOf(moveUsd, (usd) => moveText(explanation, candidate, usd, told))
  return [
    ...lines,
    `prompt cache${size} for ${Duration.exact(until - now)}; staying costs nothing${cost}`
  ]
}
