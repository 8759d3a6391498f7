/**
 * The content of one `auth-profiles.json` (auth.md §1.2–1.3, decisions D7 and D8): typed where we
 * know it, whole where we do not. Nothing that was read is lost when it is written again.
 */
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as Credential from "./Credential.ts"
import * as ProfileId from "./ProfileId.ts"
import * as ProviderId from "./ProviderId.ts"
import type { UsageStats } from "./UsageStats.ts"
import * as Usage from "./UsageStats.ts"

/** The version this program writes; a file of a newer one is refused. */
export const currentVersion = 1

/** A record that is no credential for this version. Kept and written back as it is. */
export interface UnreadableProfile {
  readonly id: string
  readonly why: Credential.Unreadable
}

/** A profile store, in memory. Maps keep the file's order, which breaks ties (auth.md §3). */
export interface ProfileDocument {
  readonly version: number
  readonly profiles: ReadonlyMap<ProfileId.ProfileId, Credential.Credential>
  /** The per-agent order by normalised provider; an empty list cannot be stored. */
  readonly order: ReadonlyMap<ProviderId.ProviderId, ReadonlyArray<ProfileId.ProfileId>>
  /** `lastGood` of the reference: read for the profile-id repair, never used for choosing. */
  readonly lastGood: ReadonlyMap<ProviderId.ProviderId, ProfileId.ProfileId>
  /**
   * What the reference recorded about use and cooldowns; merged into health, never written by us.
   */
  readonly usageStats: ReadonlyMap<ProfileId.ProfileId, UsageStats>
  readonly unreadable: ReadonlyArray<UnreadableProfile>
  /** The file as it was read: the ground that {@link encode} patches. */
  readonly raw: Redacted.Redacted<Readonly<Record<string, unknown>>>
}

/** Why a parsed file is not a profile store. */
export type NotAStore =
  | { readonly _tag: "NewerVersion"; readonly version: number }
  | { readonly _tag: "WrongShape"; readonly problem: string }

/** A store with nothing in it. */
export const empty: ProfileDocument = {
  version: currentVersion,
  profiles: new Map(),
  order: new Map(),
  lastGood: new Map(),
  usageStats: new Map(),
  unreadable: [],
  raw: Redacted.make({})
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const decodeOrder = (value: unknown): ProfileDocument["order"] => {
  const order = new Map<ProviderId.ProviderId, ReadonlyArray<ProfileId.ProfileId>>()
  if (!isRecord(value)) return order
  for (const [provider, list] of Object.entries(value)) {
    if (!Array.isArray(list)) continue
    const ids = list.flatMap((item) =>
      typeof item === "string" && item.trim() !== "" ? [ProfileId.of(item.trim())] : []
    )
    const key = ProviderId.normalize(provider)
    if (ids.length > 0 && !order.has(key)) order.set(key, ids)
  }
  return order
}

/** A parsed `auth-profiles.json` as a document. */
export const decode = (value: unknown): Either.Either<ProfileDocument, NotAStore> => {
  if (!isRecord(value))
    return Either.left({ _tag: "WrongShape", problem: "the file does not hold a JSON object" })
  if (!isRecord(value.profiles))
    return Either.left({ _tag: "WrongShape", problem: 'there is no "profiles" object' })
  const version = Number(value.version ?? currentVersion)
  if (Number.isFinite(version) && version > currentVersion)
    return Either.left({ _tag: "NewerVersion", version })
  const profiles = new Map<ProfileId.ProfileId, Credential.Credential>()
  const unreadable: Array<UnreadableProfile> = []
  for (const [id, record] of Object.entries(value.profiles)) {
    if (id === "") continue
    const decoded = Credential.decode(record)
    if (Either.isRight(decoded)) profiles.set(ProfileId.of(id), decoded.right)
    else unreadable.push({ id, why: decoded.left })
  }
  const lastGood = new Map<ProviderId.ProviderId, ProfileId.ProfileId>()
  if (isRecord(value.lastGood)) {
    for (const [provider, id] of Object.entries(value.lastGood)) {
      if (typeof id === "string" && id !== "")
        lastGood.set(ProviderId.normalize(provider), ProfileId.of(id))
    }
  }
  const usageStats = new Map<ProfileId.ProfileId, UsageStats>()
  if (isRecord(value.usageStats)) {
    for (const [id, stats] of Object.entries(value.usageStats)) {
      if (id !== "" && isRecord(stats)) usageStats.set(ProfileId.of(id), Usage.decode(stats))
    }
  }
  return Either.right({
    version: currentVersion,
    profiles,
    order: decodeOrder(value.order),
    lastGood,
    usageStats,
    unreadable,
    raw: Redacted.make(value)
  })
}

/** The value to write: the file as it was read, with the profiles and the order as they are now. */
export const encode = (
  document: ProfileDocument
): Redacted.Redacted<Readonly<Record<string, unknown>>> => {
  const raw = Redacted.value(document.raw)
  const before = isRecord(raw.profiles) ? raw.profiles : {}
  const profiles: Record<string, unknown> = {}
  const kept = new Set(document.unreadable.map((entry) => entry.id))
  for (const [id, record] of Object.entries(before)) {
    if (kept.has(id)) profiles[id] = record
    const credential = document.profiles.get(ProfileId.of(id))
    if (credential !== undefined) profiles[id] = Redacted.value(Credential.encode(credential))
  }
  for (const [id, credential] of document.profiles) {
    if (!Object.hasOwn(profiles, id)) profiles[id] = Redacted.value(Credential.encode(credential))
  }
  const { profiles: _profiles, order: _order, version: _version, ...rest } = raw
  return Redacted.make({
    version: currentVersion,
    profiles,
    ...(document.order.size > 0 ? { order: Object.fromEntries(document.order) } : {}),
    ...rest
  })
}

/** The document with one credential added or replaced; a new one comes last. */
export const set = (
  document: ProfileDocument,
  id: ProfileId.ProfileId,
  credential: Credential.Credential
): ProfileDocument => ({
  ...document,
  profiles: new Map(document.profiles).set(id, credential),
  unreadable: document.unreadable.filter((entry) => entry.id !== id)
})

/** The document without one credential, and without its place in the order. */
export const remove = (document: ProfileDocument, id: ProfileId.ProfileId): ProfileDocument => {
  const profiles = new Map(document.profiles)
  profiles.delete(id)
  const order = new Map<ProviderId.ProviderId, ReadonlyArray<ProfileId.ProfileId>>()
  for (const [provider, ids] of document.order) {
    const left = ids.filter((entry) => entry !== id)
    if (left.length > 0) order.set(provider, left)
  }
  return {
    ...document,
    profiles,
    order,
    unreadable: document.unreadable.filter((entry) => entry.id !== id)
  }
}

/** The document with another order for a provider; an empty list removes the entry. */
export const setOrder = (
  document: ProfileDocument,
  provider: ProviderId.ProviderId,
  ids: ReadonlyArray<ProfileId.ProfileId>
): ProfileDocument => {
  const order = new Map(document.order)
  if (ids.length > 0) order.set(provider, ids)
  else order.delete(provider)
  return { ...document, order }
}
