/**
 * What is known about the health of an agent's credentials: the content of `auth-health.json`
 * (decision D12a).
 */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as ProfileId from "../Profile/ProfileId.ts"
import * as EpochMs from "../Time/EpochMs.ts"
import { Window } from "./Window.ts"

/** Failures in a row that the provider put no end to. */
export interface Ladder {
  readonly count: number
  readonly lastFailureAt: number
  /** By failure class; one that this version does not know is kept. */
  readonly byClass: Readonly<Record<string, number>>
}

/** The health of one credential. Times are epoch ms. */
export interface ProfileHealth {
  /** Marks the secret this is about; another secret under the same name starts clean. */
  readonly secretFingerprint: string
  readonly organization?: string
  readonly lastUsedAt?: number
  readonly lastGoodAt?: number
  readonly needsLogin?: { readonly since: number; readonly cause: string }
  /** When a refresh gave it this secret; what was known about the secret before came along. */
  readonly renewedAt?: number
  /**
   * The secret that this one replaced, by its fingerprint: a store or a request that is a moment
   * behind still means this credential.
   */
  readonly renewedFrom?: string
  /** When a person cleared it; older records of the reference are ignored from then on. */
  readonly clearedAt?: number
  readonly ladder?: Ladder
  readonly windows: ReadonlyArray<Window>
}

/** The health of all of an agent's credentials, environment and config keys included. */
export interface HealthDocument {
  /** Counts changes; never written. */
  readonly version: number
  /**
   * Whose health the last changes were about, newest last; shorter than the count where it is not
   * known.
   */
  readonly recent: ReadonlyArray<ProfileId.ProfileId>
  readonly profiles: ReadonlyMap<ProfileId.ProfileId, ProfileHealth>
}

/** Nothing is known. */
export const empty: HealthDocument = { version: 0, recent: [], profiles: new Map() }

/** A credential of which nothing is known. */
export const unknown = (secretFingerprint: string): ProfileHealth => ({
  secretFingerprint,
  windows: []
})

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const time = EpochMs.read

const decodeKnownWindow = Schema.decodeUnknownOption(Window)

/** Older files name no source or time of a window. */
const decodeWindow = (value: unknown): ReadonlyArray<Window> =>
  isRecord(value)
    ? Option.toArray(decodeKnownWindow({ source: "none", observedAt: 0, ...value }))
    : []

const decodeLadder = (value: unknown): Ladder | undefined => {
  if (!isRecord(value)) return undefined
  const count = time(value.count)
  if (count === undefined) return undefined
  const byClass: Record<string, number> = {}
  if (isRecord(value.byClass)) {
    for (const [name, number] of Object.entries(value.byClass)) {
      const known = time(number)
      if (known !== undefined) byClass[name] = known
    }
  }
  return { count, lastFailureAt: time(value.lastFailureAt) ?? 0, byClass }
}

/**
 * A parsed health file. Health can be learned again, so what this version cannot read is left out,
 * never an error: a broken health file must not stop a request.
 */
export const decode = (value: unknown): HealthDocument => {
  const profiles = new Map<ProfileId.ProfileId, ProfileHealth>()
  if (!isRecord(value) || !isRecord(value.profiles)) return empty
  for (const [id, record] of Object.entries(value.profiles)) {
    if (id === "" || !isRecord(record) || typeof record.secretFingerprint !== "string") continue
    const ladder = decodeLadder(record.ladder)
    const lastUsedAt = time(record.lastUsedAt)
    const lastGoodAt = time(record.lastGoodAt)
    const clearedAt = time(record.clearedAt)
    const renewedAt = time(record.renewedAt)
    const login = record.needsLogin
    profiles.set(ProfileId.of(id), {
      secretFingerprint: record.secretFingerprint,
      ...(typeof record.organization === "string" ? { organization: record.organization } : {}),
      ...(lastUsedAt !== undefined ? { lastUsedAt } : {}),
      ...(lastGoodAt !== undefined ? { lastGoodAt } : {}),
      ...(isRecord(login)
        ? { needsLogin: { since: time(login.since) ?? 0, cause: String(login.cause ?? "") } }
        : {}),
      ...(renewedAt !== undefined ? { renewedAt } : {}),
      ...(typeof record.renewedFrom === "string" ? { renewedFrom: record.renewedFrom } : {}),
      ...(clearedAt !== undefined ? { clearedAt } : {}),
      ...(ladder !== undefined ? { ladder } : {}),
      windows: Array.isArray(record.windows) ? record.windows.flatMap(decodeWindow) : []
    })
  }
  return { version: 1, recent: [], profiles }
}

/** The value to write. */
export const encode = (document: HealthDocument): unknown => ({
  version: 1,
  profiles: Object.fromEntries(document.profiles)
})

/** Whether a record is about a secret: the one it names, or the one that this replaced. */
export const isAbout = (health: ProfileHealth, secretFingerprint: string): boolean =>
  health.secretFingerprint === secretFingerprint || health.renewedFrom === secretFingerprint

/**
 * What is known of a credential with this secret, if anything is; what was learned about another
 * secret does not count.
 */
export const lookup = (
  document: HealthDocument,
  id: ProfileId.ProfileId,
  secretFingerprint: string
): ProfileHealth | undefined => {
  const found = document.profiles.size === 0 ? undefined : document.profiles.get(id)
  return found !== undefined && isAbout(found, secretFingerprint) ? found : undefined
}

/** The same; a credential of which nothing is known is well. */
export const of = (
  document: HealthDocument,
  id: ProfileId.ProfileId,
  secretFingerprint: string
): ProfileHealth => lookup(document, id, secretFingerprint) ?? unknown(secretFingerprint)

/** A credential of which nothing is known, where it does not matter whose it is. */
export const untouched: ProfileHealth = { secretFingerprint: "", windows: [] }
