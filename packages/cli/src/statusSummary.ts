/**
 * The profiles of a status report on one screen: a line each, with what is over half used or stands
 * in the way. Pure.
 */

import { listIf, listOf } from "@clawdbot/domain/Document/listIf"
import { isExtraUsage } from "@clawdbot/domain/Health/extraUsage"
import * as FailureClass from "@clawdbot/domain/Health/FailureClass"
import * as Scope from "@clawdbot/domain/Health/Scope"
import type { StatusDocument } from "@clawdbot/domain/Status/StatusDocument"
import { textIf } from "@clawdbot/domain/Text/textIf"
import { kinds, standing } from "./explanationText.ts"
import { forecastLines } from "./forecastText.ts"
import { shellWord } from "./shownCommand.ts"
import { type Candidate, expiryText, identities, rejectionLines } from "./statusProfiles.ts"
import type { Paints } from "./terminal/lines.ts"

/** Quotas that are used less than this are left out. */
const worthShowing = 0.5

/** So many profiles are shown where some are not eligible, and where all are. */
const maxBeside = 5
const maxAlone = 10
/** So many that are not eligible are shown beside others, and where there are no others. */
const maxRejectedBeside = 2
const maxRejectedAlone = 4

/** How far quotas are used that are worth a look: `7-day 93 %, 7-day opus 71 %`. */
const quotas = (
  { auth: { windows } }: StatusDocument,
  profileId: string,
  { bad, warn }: Paints
): string =>
  windows
    .flatMap((window) => {
      const { scope, utilization = 0 } = window
      if (window.profileId !== profileId || window.class !== "usage") return []
      if (utilization < worthShowing) return []
      const paint = utilization >= 0.9 ? bad : warn
      const billed = textIf(isExtraUsage(window), ", extra usage")
      return [paint(`${Scope.wordsOf(scope)} ${Math.round(utilization * 100)} %${billed}`)]
    })
    .join(", ")

/** Why it is cooling down, each reason once: `rate limit, Opus models`. */
const reasons = ({ obstacles }: Candidate): string =>
  [
    ...new Set(
      obstacles.map(
        ({ class: failureClass, scope }) =>
          FailureClass.wordsOf(failureClass) +
          textIf(scope !== Scope.credential, `, ${Scope.wordsOf(scope)}`)
      )
    )
  ].join("; ")

/** An end that a person has to do something about; undefined where there is none. */
const urgentExpiry = ({ auth }: StatusDocument, profile: string, paint: Paints) => {
  const expiry = auth.oauth.profiles.find(({ profileId }) => profileId === profile)
  if (expiry === undefined || expiry.refreshable || expiry.status === "ok") return undefined
  return expiryText(expiry, paint)
}

/** What is foreseen of the next credential; of the others there is no room for it. */
const forecastOfNext = (
  { auth }: StatusDocument,
  { profile }: Candidate,
  now: number
): ReadonlyArray<string> => {
  if (profile !== auth.explanation.chosen) return []
  return forecastLines(auth.windows, profile, now).map((line) => `      ${line}`)
}

const masked = / *\S+\.\.\.\S*/

/** Masked secrets are shown beside so many profiles: there is room for them. */
const maxWithSecrets = 3

/** What a profile is; of many without its masked secret: `API key`, `login (me@example.org)`. */
const shortIdentity = (document: StatusDocument, { kind, profile }: Candidate): string => {
  const identity = identities(document).get(profile)
  if (document.auth.explanation.candidates.length <= maxWithSecrets) return identity ?? kinds[kind]
  return identity?.replace(masked, "") || kinds[kind]
}

const candidateLine = (
  document: StatusDocument,
  candidate: Candidate,
  now: number,
  paint: Paints
): string => {
  const { profile } = candidate
  const isNext = profile === document.auth.explanation.chosen
  const why = reasons(candidate)
  const state = standing(document.auth.explanation, candidate, now, paint)
  const about = [
    `${state}${textIf(why !== "", ` (${why})`)}`,
    urgentExpiry(document, profile, paint),
    quotas(document, profile, paint)
  ].filter((part) => part !== undefined && part !== "")
  const identity = shortIdentity(document, candidate)
  return `  ${isNext ? "*" : " "} ${paint.bold(profile)}  ${identity}  ${about.join("; ")}`
}

/** The next one is shown wherever it stands. */
const shownFirst = (
  candidates: ReadonlyArray<Candidate>,
  chosen: string | undefined,
  max: number
) => {
  if (candidates.length <= max) return candidates
  const first = candidates.slice(0, max - 1)
  if (chosen === undefined || first.some(({ profile }) => profile === chosen)) return first
  return [...candidates.filter(({ profile }) => profile === chosen), ...first.slice(0, -1)]
}

const more = (left: number, agent: string): ReadonlyArray<string> =>
  listIf(
    left > 0,
    `    and ${left} more: clawdbot models status --verbose --agent ${shellWord(agent)}`
  )

/** How a cooldown is ended, where only one profile has one and there is room to say it. */
const ending = (candidates: ReadonlyArray<Candidate>): ReadonlyArray<string> => {
  const cooling = candidates.filter(({ obstacles, owner }) => obstacles.length > 0 && owner !== "")
  return listOf(cooling.length === 1 ? cooling[0] : undefined, ({ owner, profile }) => [
    "      to end the cooldown now: clawdbot models auth clear " +
      `${shellWord(profile)} --agent ${shellWord(owner)}`
  ])
}

/** The profiles in the order they are tried, then those that no request gets. `now`: epoch ms. */
export const profileSummary = (
  document: StatusDocument,
  now: number,
  paint: Paints
): ReadonlyArray<string> => {
  const { candidates, chosen, provider, rejected } = document.auth.explanation
  const unusable = rejected.filter(({ reason }) => reason !== "another provider")
  const maxShown = unusable.length === 0 ? maxAlone : maxBeside
  const shown = shownFirst(candidates, chosen, maxShown)
  const maxRejected = candidates.length === 0 ? maxRejectedAlone : maxRejectedBeside
  const rejectedShown = unusable.slice(0, maxRejected)
  return [
    ...listIf(
      shown.length > 0,
      "",
      paint.bold(`Profiles of ${provider}, in the order they are tried`),
      ...shown.flatMap((candidate) => [
        candidateLine(document, candidate, now, paint),
        ...forecastOfNext(document, candidate, now)
      ]),
      ...(unusable.length === 0 ? ending(candidates) : []),
      ...more(candidates.length - shown.length, document.agent)
    ),
    ...listIf(
      rejectedShown.length > 0,
      "",
      paint.bold("Not eligible"),
      ...rejectedShown.flatMap((entry) => rejectionLines(document, entry, undefined, paint)),
      ...more(unusable.length - rejectedShown.length, document.agent)
    )
  ]
}
