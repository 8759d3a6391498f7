/**
 * In which order the members of a roster may answer at a time, as their health stands. Pure. Rules:
 * auth.md §3 steps D and E with decisions D10 and D16. Precedence: explicit order, affinity,
 * automatic order; a profile that rests never stands before one that is usable.
 */

import type { ProfileHealth } from "../Health/HealthDocument.ts"
import { obstacles } from "../Health/HealthPolicy.ts"
import type { RequestTarget } from "../Health/RequestTarget.ts"
import { probeAt, type Window } from "../Health/Window.ts"
import type * as Credential from "../Profile/Credential.ts"
import type { ProfileId } from "../Profile/ProfileId.ts"
import * as EpochMs from "../Time/EpochMs.ts"
import { loginEnded, unclear } from "./copyRejection.ts"
import type { Member, Rejected, Roster } from "./Roster.ts"

/** What an order depends on beside the roster. */
export interface Moment {
  /** Epoch ms. */
  readonly now: number
  /** What is asked for; limits of anything else do not count. */
  readonly target: RequestTarget
  readonly preferred: ProfileId | undefined
  /** The profile the conversation was on. */
  readonly affinity: ProfileId | undefined
}

/**
 * A profile that could answer. `usableAt` is 0 when it can now. `half-open` means that it rests for
 * long, and one request may try whether the pause is still true when nobody else can answer.
 */
export interface Candidate extends Member {
  readonly state: "ready" | "half-open" | "cooling"
  readonly obstacles: ReadonlyArray<Window>
  readonly usableAt: number
  readonly lastUsedAt: number
}

/**
 * The result: usable candidates first, then half-open ones, then resting ones, both by when they
 * come back.
 */
export interface Ranking {
  readonly candidates: ReadonlyArray<Candidate>
  readonly rejected: ReadonlyArray<Rejected>
}

/** Among automatic candidates: logins before tokens before keys (auth.md §3 step D). */
export const kindRank: Readonly<Record<Credential.Kind, number>> = {
  oauth: 0,
  token: 1,
  api_key: 2
}

/** Why a member cannot answer now and will not by waiting, or undefined when it can. */
const rejection = (member: Member, health: ProfileHealth, now: number): Rejected | undefined => {
  const { expiresAt, profile } = member
  if (health.needsLogin !== undefined) return loginEnded(member, health.needsLogin.cause)
  if (now < expiresAt) return undefined
  return member.copy?._tag === "Unclear"
    ? unclear(member, member.copy.beside)
    : { profile, reason: "expired", detail: EpochMs.toIso(expiresAt) }
}

const none: ReadonlyArray<Window> = []

/** A member as a candidate at a time. */
export const candidate = (
  member: Member,
  health: ProfileHealth,
  { now, target }: Moment
): Candidate => {
  const inTheWay = health.windows.length === 0 ? none : obstacles(health, target, now)
  const isFree = inTheWay.length === 0
  const usableAt = isFree ? 0 : Math.max(...inTheWay.map((window) => window.until))
  const halfOpen = !isFree && inTheWay.every((window) => now >= probeAt(window))
  return {
    profile: member.profile,
    owner: member.owner,
    credential: member.credential,
    secretFingerprint: member.secretFingerprint,
    ambient: member.ambient,
    usageStats: member.usageStats,
    copy: member.copy,
    place: member.place,
    expiresAt: member.expiresAt,
    state: isFree ? "ready" : halfOpen ? "half-open" : "cooling",
    obstacles: inTheWay,
    usableAt,
    lastUsedAt: health.lastUsedAt ?? 0
  }
}

const comeBack = (a: Candidate, b: Candidate): number => a.usableAt - b.usableAt

/**
 * Stored before ambient; then explicit orders stand as they are, the automatic one goes by kind and
 * by the longest rest. Stable.
 */
const automatic = (a: Candidate, b: Candidate): number =>
  Number(a.ambient) - Number(b.ambient) ||
  (a.ambient
    ? 0
    : kindRank[a.credential.type] - kindRank[b.credential.type] || a.lastUsedAt - b.lastUsedAt)

const promote = (
  usable: ReadonlyArray<Candidate>,
  id: ProfileId | undefined,
  place: Candidate["place"]
): ReadonlyArray<Candidate> => {
  const found = id === undefined ? undefined : usable.find((entry) => entry.profile === id)
  return found === undefined
    ? usable
    : [{ ...found, place }, ...usable.filter((entry) => entry !== found)]
}

/** The order of a roster's members at a moment. `healthOf` tells what is known about each. */
export const rank = (
  roster: Roster,
  healthOf: (member: Member) => ProfileHealth,
  moment: Moment
): Ranking => {
  const usable: Array<Candidate> = []
  const halfOpen: Array<Candidate> = []
  const cooling: Array<Candidate> = []
  const rejected: Array<Rejected> = [...roster.rejected]
  for (const member of roster.members) {
    const health = healthOf(member)
    const why = rejection(member, health, moment.now)
    if (why !== undefined) {
      rejected.push(why)
      continue
    }
    const entry = candidate(member, health, moment)
    if (entry.state === "ready") usable.push(entry)
    else if (entry.state === "half-open") halfOpen.push(entry)
    else cooling.push(entry)
  }
  const ordered = roster.explicit
    ? usable
    : promote(usable.sort(automatic), moment.affinity, "same conversation")
  return {
    candidates: [
      ...promote(ordered, moment.preferred, "preferred"),
      ...halfOpen.sort(comeBack),
      ...cooling.sort(comeBack)
    ],
    rejected
  }
}
