/**
 * The content of one `auth-profiles.json` (docs/formats.md, decisions D7 and D8): typed where we
 * know it, whole where we do not. Nothing that was read is lost when it is written again.
 */

import {
  equals,
  isList,
  isObject,
  type JsonObject,
  own,
  withKey,
  withoutKey
} from "@clawdbot/json5-edit/JsonValue"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { atFirstUse } from "../Document/atFirstUse.ts"
import * as Lenient from "../Document/lenient.ts"
import * as Credential from "./Credential.ts"
import * as ProfileId from "./ProfileId.ts"
import * as ProviderId from "./ProviderId.ts"
import { UsageStats } from "./UsageStats.ts"

/** The version this program writes; a file of a newer one is refused. */
export const currentVersion = 1

/** A record that is no credential for this version. Kept and written back as it is. */
export interface UnreadableProfile {
  readonly id: string
  readonly why: Credential.Unreadable
}

/** A profile store, in memory. Maps keep the file's order, which breaks ties (decision D15). */
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
  readonly raw: Redacted.Redacted<JsonObject>
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

const ListedId = Schema.compose(Schema.Trim, ProfileId.ProfileId)
const isListedId = (item: unknown): boolean => Option.isSome(decodeListedId(item))
const decodeListedId = atFirstUse(() => Schema.decodeUnknownOption(ListedId))

/** What a section holds; undefined where it is absent or holds anything else. */
const section = <A, I>(schema: () => Schema.Schema<A, I>): ((value: unknown) => A | undefined) => {
  const decode = atFirstUse(() => Schema.decodeUnknownOption(schema()))
  return (value) => (value === undefined ? undefined : Option.getOrUndefined(decode(value)))
}

/** The sections that this version understands; few stores have another one than `version`. */
const sections = {
  version: section(() => Schema.Union(Schema.Number, Schema.NumberFromString)),
  order: section(() => Lenient.map(Schema.String, Lenient.list(ListedId))),
  lastGood: section(() => Lenient.map(Schema.String, ProfileId.ProfileId)),
  usageStats: section(() => Lenient.map(ProfileId.ProfileId, UsageStats))
}

/** By normalised provider; of several spellings the first that holds anything is in force. */
const byProvider = <A>(
  section: ReadonlyMap<string, A> | undefined,
  isEmpty: (value: A) => boolean
): ReadonlyMap<ProviderId.ProviderId, A> => {
  const found = new Map<ProviderId.ProviderId, A>()
  for (const [provider, value] of section ?? []) {
    const key = ProviderId.normalize(provider)
    if (!isEmpty(value) && !found.has(key)) found.set(key, value)
  }
  return found
}

/** A parsed `auth-profiles.json` as a document. */
export const decode = (value: unknown): Either.Either<ProfileDocument, NotAStore> => {
  if (!isObject(value))
    return Either.left({ _tag: "WrongShape", problem: "the file does not hold a JSON object" })
  if (!isObject(value.profiles))
    return Either.left({ _tag: "WrongShape", problem: 'there is no "profiles" object' })
  const version = sections.version(value.version) ?? currentVersion
  const order = sections.order(value.order)
  const lastGood = sections.lastGood(value.lastGood)
  const usageStats = sections.usageStats(value.usageStats)
  if (version > currentVersion) return Either.left({ _tag: "NewerVersion", version })
  const profiles = new Map<ProfileId.ProfileId, Credential.Credential>()
  const unreadable: Array<UnreadableProfile> = []
  for (const [id, record] of Object.entries(value.profiles)) {
    if (id === "") continue
    const decoded = Credential.decode(record)
    if (Either.isRight(decoded)) profiles.set(ProfileId.of(id), decoded.right)
    else unreadable.push({ id, why: decoded.left })
  }
  return Either.right({
    version: currentVersion,
    profiles,
    order: byProvider(order, (list) => list.length === 0),
    lastGood: byProvider(lastGood, () => false),
    usageStats: usageStats ?? new Map(),
    unreadable,
    raw: Redacted.make(value)
  })
}

/** The records as they are now: those that were not changed are the ones that were read. */
const encodeProfiles = (document: ProfileDocument, before: JsonObject): JsonObject => {
  const unreadable = new Set(document.unreadable.map(({ id }) => id))
  const kept = Object.entries(before).flatMap(([id, record]): ReadonlyArray<[string, unknown]> => {
    if (id === "" || unreadable.has(id)) return [[id, record]]
    const credential = document.profiles.get(ProfileId.of(id))
    if (credential === undefined) return []
    return [[id, Redacted.value(Credential.encode(credential))]]
  })
  const added = [...document.profiles]
    .filter(([id]) => !Object.hasOwn(before, id))
    .map(([id, credential]): [string, unknown] => [
      id,
      Redacted.value(Credential.encode(credential))
    ])
  return Object.fromEntries([...kept, ...added])
}

/**
 * The order as it is now. An entry that means what the document says is left as it is spelled; one
 * that was changed keeps, at its end, the items that are no profile ids.
 */
const encodeOrder = (document: ProfileDocument, before: unknown): unknown => {
  const read = byProvider(sections.order(before), (list) => list.length === 0)
  const changed = new Set(
    [...new Set([...read.keys(), ...document.order.keys()])].filter(
      (provider) => !equals(read.get(provider), document.order.get(provider))
    )
  )
  if (changed.size === 0) return before
  const written = new Set<ProviderId.ProviderId>()
  const entries = (isObject(before) ? Object.entries(before) : []).flatMap(
    ([spelled, list]): ReadonlyArray<[string, unknown]> => {
      const provider = ProviderId.normalize(spelled)
      if (!changed.has(provider) || !isList(list)) return [[spelled, list]]
      const others = list.filter((item) => !isListedId(item))
      const now = written.has(provider) ? [] : (document.order.get(provider) ?? [])
      written.add(provider)
      if (now.length + others.length === 0) return []
      return [[spelled, [...now, ...others]]]
    }
  )
  const added = [...document.order].filter(
    ([provider]) => changed.has(provider) && !written.has(provider)
  )
  const order = [...entries, ...added]
  if (order.length === 0) return undefined
  return Object.fromEntries(order)
}

/** The value to write: the file as it was read, with the profiles and the order as they are now. */
export const encode = (document: ProfileDocument): Redacted.Redacted<JsonObject> => {
  const raw = Redacted.value(document.raw)
  const profiles = encodeProfiles(document, isObject(raw.profiles) ? raw.profiles : {})
  const order = encodeOrder(document, own(raw, "order"))
  const now = withKey({ version: currentVersion, ...raw }, "profiles", profiles)
  return Redacted.make(
    order === undefined ? withoutKey(now, "order") : withKey(now, "order", order)
  )
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
