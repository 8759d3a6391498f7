/** The lines of a request's trail. Pure. */
import type { OAuthRefreshFailed } from "../OAuth/OAuthError.ts"
import type { ProfileId } from "../Profile/ProfileId.ts"
import type { TrailEntry } from "./Attempt.ts"
import type { AttemptResult } from "./AttemptResult.ts"

/** A credential with which nothing was sent, because its login could not be refreshed. Epoch ms. */
export const unrefreshed = (
  profile: ProfileId,
  { cause }: OAuthRefreshFailed,
  at: number
): TrailEntry => ({
  profile,
  startedAt: at,
  endedAt: at,
  result: "unrefreshed",
  cause
})

const resultNames = {
  Answered: "answered",
  Broken: "broken",
  Refused: "refused",
  Abandoned: "abandoned"
} as const

/** An attempt; epoch ms. */
export const trailEntry = (
  profile: ProfileId,
  result: AttemptResult<unknown>,
  startedAt: number,
  endedAt: number
): TrailEntry => {
  const entry: TrailEntry = { profile, startedAt, endedAt, result: resultNames[result._tag] }
  if (result._tag !== "Refused" && result._tag !== "Broken") return entry
  const { class: failureClass, status } = result.failure
  if (status === undefined) return { ...entry, failureClass }
  return { ...entry, failureClass, status }
}
