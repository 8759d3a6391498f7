/**
 * The health of one agent's credentials while a program uses it. It is changed in place: a copy of
 * all profiles for each request would cost more than everything else about it.
 */
import type { ProfileId } from "../Profile/ProfileId.ts"
import type { HealthDocument, ProfileHealth } from "./HealthDocument.ts"
import type { HealthEvent } from "./HealthEvent.ts"
import * as HealthPolicy from "./HealthPolicy.ts"
import { isNews } from "./isNews.ts"

/** The parts of a document that are changed in place. */
interface Mutable {
  readonly profiles: Map<ProfileId, ProfileHealth>
  readonly recent: Array<ProfileId>
}

/** What is known, and what of it is this program's own to change. */
export interface LiveHealth {
  document: HealthDocument
  /** The document's map and its last changes, while nobody else has made another document. */
  mutable: Mutable | undefined
}

/** Whoever holds the document sees a change, and learns of it by the version. */
const change = (health: LiveHealth, profile: ProfileId, after: ProfileHealth): void => {
  const { document } = health
  const mutable: Mutable =
    health.mutable?.profiles === document.profiles
      ? health.mutable
      : { profiles: new Map(document.profiles), recent: [...document.recent] }
  mutable.profiles.set(profile, after)
  mutable.recent.push(profile)
  if (mutable.recent.length > 2 * HealthPolicy.maxRecent)
    mutable.recent.splice(0, HealthPolicy.maxRecent)
  const { kept } = document
  const { profiles, recent } = mutable
  health.mutable = mutable
  health.document = { version: document.version + 1, recent, profiles, kept }
}

/** An event is in force at once; whether other processes have to know of it. */
export const record = (
  health: LiveHealth,
  profile: ProfileId,
  secretFingerprint: string,
  event: HealthEvent
): boolean => {
  const before = health.document.profiles.get(profile)
  const after = HealthPolicy.next(health.document, profile, secretFingerprint, event)
  change(health, profile, after)
  return isNews(before, after)
}
