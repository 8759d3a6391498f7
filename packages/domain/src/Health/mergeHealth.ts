/**
 * How two writers' knowledge of credentials becomes one: the newest word on each thing, whoever is
 * asked first. Pure.
 */
import { defined } from "../Document/defined.ts"
import type * as ProfileId from "../Profile/ProfileId.ts"
import type { HealthDocument, ProfileHealth } from "./HealthDocument.ts"
import { ended, join } from "./joinWindows.ts"
import * as Ladder from "./ladder.ts"
import * as Trial from "./Trial.ts"

const later = (one: number | undefined, other: number | undefined): number | undefined => {
  if (one === undefined) return other
  if (other === undefined) return one
  return Math.max(one, other)
}

/** That of the record with the newer success; of two alike the same whichever comes first. */
const organizationOf = (mine: ProfileHealth, theirs: ProfileHealth): string | undefined => {
  if (mine.organization === theirs.organization) return mine.organization
  const [one, other] = [mine.lastGoodAt ?? 0, theirs.lastGoodAt ?? 0]
  if (one !== other) return (one > other ? mine : theirs).organization
  return [mine.organization, theirs.organization].filter((id) => id !== undefined).sort()[0]
}

/** When anything was last learned about a credential. */
const lastKnown = (health: ProfileHealth): number =>
  Math.max(
    health.lastUsedAt ?? 0,
    health.lastGoodAt ?? 0,
    health.clearedAt ?? 0,
    health.renewedAt ?? 0,
    health.needsLogin?.since ?? 0,
    health.ladder?.lastFailureAt ?? 0,
    ...(health.trials ?? []).map((trial) => trial.at),
    ...health.windows.map((window) => window.observedAt)
  )

/**
 * The fingerprint of the newer of two secrets of one credential; undefined where neither follows.
 */
const sharedFingerprint = (mine: ProfileHealth, theirs: ProfileHealth): string | undefined => {
  if (mine.secretFingerprint === theirs.secretFingerprint) return mine.secretFingerprint
  const [follows, leads] = [
    mine.renewedFrom === theirs.secretFingerprint,
    theirs.renewedFrom === mine.secretFingerprint
  ]
  if (follows === leads) return undefined
  if (follows) return mine.secretFingerprint
  return theirs.secretFingerprint
}

const mergeProfile = (mine: ProfileHealth, theirs: ProfileHealth): ProfileHealth => {
  if (mine === theirs) return mine
  const secretFingerprint = sharedFingerprint(mine, theirs)
  if (secretFingerprint === undefined) {
    const [one, other] = [lastKnown(mine), lastKnown(theirs)]
    if (one !== other) {
      if (one > other) return mine
      return theirs
    }
    if (mine.secretFingerprint > theirs.secretFingerprint) return mine
    return theirs
  }
  const clearedAt = later(mine.clearedAt, theirs.clearedAt)
  const lastGoodAt = later(mine.lastGoodAt, theirs.lastGoodAt)
  const renewedAt = later(mine.renewedAt, theirs.renewedAt)
  const renewedFrom = [mine, theirs]
    .filter((health) => health.secretFingerprint === secretFingerprint)
    .flatMap((health) => health.renewedFrom ?? [])
    .sort()[0]
  const proven = Math.max(clearedAt ?? 0, lastGoodAt ?? 0)
  const logins = [mine.needsLogin, theirs.needsLogin].flatMap((login) =>
    login !== undefined && login.since >= proven ? [login] : []
  )
  const organization = organizationOf(mine, theirs)
  const lastUsedAt = later(mine.lastUsedAt, theirs.lastUsedAt)
  const needsLogin = logins.sort((a, b) => b.since - a.since || (a.cause < b.cause ? -1 : 1))[0]
  const ladder = Ladder.join(mine.ladder, theirs.ladder, proven)
  const trials = Trial.join(mine.trials, theirs.trials)
  // Only other versions change what this one does not understand: the file has the newer word.
  const kept = theirs.kept ?? mine.kept
  return {
    secretFingerprint,
    ...defined({
      organization,
      lastUsedAt,
      lastGoodAt,
      needsLogin,
      renewedAt,
      renewedFrom,
      clearedAt,
      ladder,
      trials,
      kept
    }),
    windows: join(mine.windows, theirs.windows).map((window) => {
      if (
        window.class !== "usage" &&
        clearedAt !== undefined &&
        window.observedAt < clearedAt &&
        window.until > clearedAt
      )
        return ended(window, clearedAt)
      return window
    })
  }
}

/**
 * Two writers' knowledge as one: the newest word on each thing. Commutative, associative and
 * idempotent, but for what this version does not understand: there `theirs`, the file, wins.
 */
export const merge = (mine: HealthDocument, theirs: HealthDocument): HealthDocument => {
  const profiles = new Map<ProfileId.ProfileId, ProfileHealth>(theirs.profiles)
  for (const [id, health] of mine.profiles) {
    const other = profiles.get(id)
    profiles.set(id, other === undefined ? health : mergeProfile(health, other))
  }
  const version = Math.max(mine.version, theirs.version) + 1
  const kept = theirs.kept ?? mine.kept
  const merged: HealthDocument = { version, recent: [], profiles }
  if (kept === undefined) return merged
  return { ...merged, kept }
}
