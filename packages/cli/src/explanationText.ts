/**
 * An explanation in words, for every report that shows one: what a credential is, how it stands,
 * what is in its way, and which one is next. Pure.
 */

import type { Explanation } from "@clawdbot/domain/Auth/Explanation"
import { placeWords } from "@clawdbot/domain/Auth/explanationWords"
import { listIf } from "@clawdbot/domain/Document/listIf"
import * as FailureClass from "@clawdbot/domain/Health/FailureClass"
import * as Scope from "@clawdbot/domain/Health/Scope"
import * as Window from "@clawdbot/domain/Health/Window"
import * as Duration from "@clawdbot/domain/Status/duration"
import { textIf, textOf } from "@clawdbot/domain/Text/textIf"
import { shellWord } from "./shownCommand.ts"
import type { Paints } from "./terminal/lines.ts"

type Candidate = Explanation["candidates"][number]

/** The types of credentials, as a person calls them. */
export const kinds = { api_key: "API key", token: "setup token", oauth: "login" } as const

/** What a profile that is not the next one waits for. `now` is epoch ms. */
const waiting = (
  { nextTrialAt, obstacles, state }: Candidate,
  now: number,
  { warn }: Paints
): string => {
  if (state === "ready") return "ready"
  const ends = Math.max(0, ...obstacles.map(({ until }) => until))
  const cooling = ends > now ? `cooling down, ${Duration.exact(ends - now)} left` : "cooling down"
  if (state === "half-open") return warn(`${cooling}; the next request retries it`)
  if (nextTrialAt === undefined) return warn(cooling)
  return warn(
    `${cooling}; retried by a request in ${Duration.exact(Math.max(0, nextTrialAt - now))}`
  )
}

/** How a candidate stands. `now` is epoch ms. */
export const standing = (
  { chosen }: Pick<Explanation, "chosen">,
  candidate: Candidate,
  now: number,
  paint: Paints
): string => {
  if (candidate.profile === chosen) return paint.good("next")
  return waiting(candidate, now, paint)
}

/** A limit: what it is, of what, for how long where that is said too, and who says so. */
export const limitWords = (
  { class: failureClass, scope, source }: Candidate["obstacles"][number],
  time = ""
): string =>
  `${FailureClass.wordsOf(failureClass)}, ${Scope.wordsOf(scope)}${time} ` +
  `(${Window.wordsOf(source)})`

/** What is in a candidate's way, a line each, and how to end it now. `now` is epoch ms. */
export const obstacleLines = (
  { obstacles, owner, profile }: Candidate,
  now: number
): ReadonlyArray<string> => [
  ...obstacles.map((limit) =>
    limitWords(limit, textIf(obstacles.length !== 1, ` for ${Duration.exact(limit.until - now)}`))
  ),
  ...listIf(
    obstacles.length > 0 && owner !== "",
    "to end the cooldown now: clawdbot models auth clear " +
      `${shellWord(profile)} --agent ${shellWord(owner)}`
  )
]

/**
 * The credential the next request gets, and why; or when one is available again. `now` is epoch ms.
 */
export const nextWords = (
  { candidates, chosen, model, nextAt, rejected }: Explanation,
  now: number,
  { bad, good, warn }: Paints
): string => {
  const answering = candidates.find(({ profile }) => profile === chosen)
  const about = model === undefined ? [] : [`model ${model}`]
  const none = `none available${textOf(model, (model) => ` for ${model}`)}`
  if (answering !== undefined) {
    const why = candidates.length === 1 ? "only usable credential" : placeWords[answering.place]
    return `${good(answering.profile)} (${[...about, why].join(", ")})`
  }
  if (nextAt !== undefined)
    return (
      `${warn(none)}: all are cooling down; the first is available again in ` +
      `${Duration.exact(nextAt - now)}`
    )
  return (
    `${bad(none)}: ` +
    `${rejected.length > 0 ? "no stored credential can be used" : "no credential is stored yet"}`
  )
}
