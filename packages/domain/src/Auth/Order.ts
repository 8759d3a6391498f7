/**
 * In which order the members of a roster may answer at a time, as their health stands. Pure. Rules:
 * decision D15 with decisions D10 and D16. Precedence: explicit order, affinity,
 * automatic order; a profile that rests never stands before one that is usable.
 */

import type { ProfileHealth } from "../Health/HealthDocument.ts"
import { obstacles } from "../Health/HealthPolicy.ts"
import type { RequestTarget } from "../Health/RequestTarget.ts"
import * as Trial from "../Health/Trial.ts"
import type { Window } from "../Health/Window.ts"
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
 * A profile that could answer. `half-open` means that it is cooling down, and that one request may
 * be sent with it to test the cooldown when no other credential is ready (decision D32).
 */
export interface Candidate extends Member {
  readonly state: "ready" | "half-open" | "cooling"
  readonly obstacles: ReadonlyArray<Window>
  /** Epoch ms at which its cooldowns are over; 0 when there are none. */
  readonly usableAt: number
  /** Epoch ms at which a request may use it, be it as a trial; 0 when one can now. */
  readonly availableAt: number
  /** Epoch ms at which asking again is worth it: soon, while the answer to a trial is awaited. */
  readonly retryAt: number
  readonly lastUsedAt: number
}

/**
 * The result: usable candidates first, then half-open ones, those first that wait longest for a
 * trial, then the others that are cooling down, by when they are available.
 */
export interface Ranking {
  readonly candidates: ReadonlyArray<Candidate>
  readonly rejected: ReadonlyArray<Rejected>
}

/** Among automatic candidates: logins before tokens before keys (decision D15). */
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

/** When the last obstacle is out of the way, by its end or by what `passableAt` says. */
const latest = (obstacles: ReadonlyArray<Window>, passableAt: (window: Window) => number): number =>
  obstacles.reduce((last, window) => Math.max(last, Math.min(window.until, passableAt(window))), 0)

const stateOf = (isFree: boolean, availableAt: number, now: number): Candidate["state"] => {
  if (isFree) return "ready"
  return availableAt <= now ? "half-open" : "cooling"
}

/** A member as a candidate at a time. */
export const candidate = (
  member: Member,
  health: ProfileHealth,
  { now, target }: Moment
): Candidate => {
  const inTheWay = health.windows.length === 0 ? none : obstacles(health, target, now)
  const isFree = inTheWay.length === 0
  const usableAt = isFree ? 0 : Math.max(...inTheWay.map((window) => window.until))
  const { trials } = health
  const availableAt = latest(inTheWay, (window) => Trial.dueAt(trials, window))
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
    state: stateOf(isFree, availableAt, now),
    obstacles: inTheWay,
    usableAt,
    availableAt,
    retryAt: isFree ? 0 : latest(inTheWay, (window) => Trial.retryAt(trials, window, now)),
    lastUsedAt: health.lastUsedAt ?? 0
  }
}

const byAvailability = (a: Candidate, b: Candidate): number =>
  a.availableAt - b.availableAt || a.usableAt - b.usableAt

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
      ...halfOpen.sort(byAvailability),
      ...cooling.sort(byAvailability)
    ],
    rejected
  }
}
