/**
 * What is known about the health of an agent's credentials: the content of `auth-health.json`
 * (decision D12a). Nothing that a file holds is lost: what this version does not know, and what
 * does not decode, is kept as it is and written back (decision D43). Times are epoch ms.
 */

import { isList, isObject, type JsonObject } from "@clawdbot/json5-edit/JsonValue"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { atFirstUse } from "../Document/atFirstUse.ts"
import { lazily } from "../Document/lazily.ts"
import * as Lenient from "../Document/lenient.ts"
import * as ProfileId from "../Profile/ProfileId.ts"
import { EpochMs } from "../Time/EpochMs.ts"
import { Trial } from "./Trial.ts"
import { Window } from "./Window.ts"

const Count = Schema.NonNegative.pipe(Schema.finite())
const withDefault = <A, I>(schema: Schema.Schema<A, I>, fallback: A) =>
  Schema.optionalWith(schema, { default: () => fallback })

const rung = () => ({
  count: Count,
  lastFailureAt: withDefault(EpochMs, 0),
  /** By failure class; one that this version does not know is kept. */
  byClass: withDefault(Lenient.record(Count), {})
})

/** Failures in a row that the provider put no end to. */
export const Rung = lazily(() => Lenient.open(Schema.Struct(rung())))
export interface Rung extends Schema.Schema.Type<typeof Rung> {}

/** The same of all scopes together, and of each. */
export const Ladder = lazily(() =>
  Lenient.open(Schema.Struct({ ...rung(), byScope: Schema.optional(Lenient.record(Rung)) }))
)
export interface Ladder extends Schema.Schema.Type<typeof Ladder> {}

/** That a login ended for good: since when, and the cause of the refresh that found it out. */
export const NeedsLogin = lazily(() =>
  Lenient.open(
    Schema.Struct({
      since: withDefault(EpochMs, 0),
      cause: withDefault(Schema.String, "")
    })
  )
)
export interface NeedsLogin extends Schema.Schema.Type<typeof NeedsLogin> {}

/** The fields of a profile's record. One that is not listed here is kept. */
const fields = {
  /** Identifies the secret this is about; another secret under the same name starts clean. */
  secretFingerprint: Schema.String,
  organization: Schema.String,
  lastUsedAt: EpochMs,
  lastGoodAt: EpochMs,
  needsLogin: NeedsLogin,
  /** When a refresh gave it this secret; what was known about the secret before came along. */
  renewedAt: EpochMs,
  /**
   * The secret that this one replaced, by its fingerprint: a store or a request that is a moment
   * behind still means this credential.
   */
  renewedFrom: Schema.String,
  /** When a person cleared it; older records of the original program are ignored from then on. */
  clearedAt: EpochMs,
  ladder: Ladder
}
type Fields = { readonly [Key in keyof typeof fields]: Schema.Schema.Type<(typeof fields)[Key]> }

/** What a record holds and this version does not understand. */
interface Kept {
  readonly fields: JsonObject
  readonly windows: ReadonlyArray<unknown>
  readonly trials: ReadonlyArray<unknown>
}

/** The health of one credential. */
export interface ProfileHealth {
  readonly secretFingerprint: string
  readonly organization?: string | undefined
  readonly lastUsedAt?: number | undefined
  readonly lastGoodAt?: number | undefined
  readonly needsLogin?: NeedsLogin | undefined
  readonly renewedAt?: number | undefined
  readonly renewedFrom?: string | undefined
  readonly clearedAt?: number | undefined
  readonly ladder?: Ladder | undefined
  readonly windows: ReadonlyArray<Window>
  readonly trials?: ReadonlyArray<Trial> | undefined
  readonly kept?: Kept | undefined
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
  /** What the file holds beside them: unknown keys, and records that do not decode. */
  readonly kept?: { readonly fields: JsonObject; readonly profiles: JsonObject } | undefined
}

/** Nothing is known. */
export const empty: HealthDocument = { version: 0, recent: [], profiles: new Map() }

/** A credential of which nothing is known. */
export const unknown = (secretFingerprint: string): ProfileHealth => ({
  secretFingerprint,
  windows: []
})

const decoderOf = <A, I>(schema: Schema.Schema<A, I>): ((value: unknown) => Option.Option<A>) =>
  atFirstUse(() => Schema.decodeUnknownOption(schema))
const decoders = Object.entries<Schema.Schema.AnyNoContext>(fields).map(
  ([name, schema]) => [name, decoderOf(schema)] as const
)
const decodeKnownWindow = atFirstUse(() => Schema.decodeUnknownOption(Window))
/** Older files name no source or time of a window. */
const decodeWindow = (value: unknown): Option.Option<Window> => {
  if (isObject(value)) return decodeKnownWindow({ source: "none", observedAt: 0, ...value })
  return Option.none()
}
const decodeTrial = atFirstUse(() => Schema.decodeUnknownOption(Trial))

/** The items of a list; of what is no list, the one there is. */
const itemsOf = (value: unknown): ReadonlyArray<unknown> => {
  if (value === undefined) return []
  if (isList(value)) return value
  return [value]
}

/** A list of which every item that decodes is understood, and every other one kept. */
const decodeList = <A>(
  value: unknown,
  decode: (item: unknown) => Option.Option<A>
): { readonly known: ReadonlyArray<A>; readonly kept: ReadonlyArray<unknown> } => {
  const known: Array<A> = []
  const kept: Array<unknown> = []
  for (const item of itemsOf(value)) {
    const decoded = decode(item)
    if (Option.isSome(decoded)) known.push(decoded.value)
    else kept.push(item)
  }
  return { known, kept }
}

const decodeProfile = (record: JsonObject): ProfileHealth | undefined => {
  const left = new Map(Object.entries(record))
  const found: Record<string, unknown> = {}
  for (const [name, decode] of decoders) {
    const decoded = left.has(name) ? decode(left.get(name)) : Option.none()
    if (Option.isNone(decoded)) continue
    found[name] = decoded.value
    left.delete(name)
  }
  // Each value was decoded by the schema of its name.
  const known = found as Partial<Fields>
  const { secretFingerprint } = known
  if (secretFingerprint === undefined) return undefined
  const windows = decodeList(left.get("windows"), decodeWindow)
  const trials = decodeList(left.get("trials"), decodeTrial)
  left.delete("windows")
  left.delete("trials")
  const health = { ...known, secretFingerprint, windows: windows.known }
  const withTrials = trials.known.length === 0 ? health : { ...health, trials: trials.known }
  if (left.size + windows.kept.length + trials.kept.length === 0) return withTrials
  const kept: Kept = {
    fields: Object.fromEntries(left),
    windows: windows.kept,
    trials: trials.kept
  }
  return { ...withTrials, kept }
}

/** Whether a parsed file is a health file at all. */
export const isHealthFile = (value: unknown): value is JsonObject =>
  isObject(value) && (value.profiles === undefined || isObject(value.profiles))

/**
 * A parsed health file. Health can be learned again, so what this version cannot read is as if it
 * were not known, never an error: a broken health file must not stop a request.
 */
export const decode = (value: unknown): HealthDocument => {
  if (!isHealthFile(value)) return empty
  const profiles = new Map<ProfileId.ProfileId, ProfileHealth>()
  const others = new Map<string, unknown>()
  for (const [id, record] of Object.entries(value.profiles ?? {})) {
    const health = id === "" || !isObject(record) ? undefined : decodeProfile(record)
    if (health === undefined) others.set(id, record)
    else profiles.set(ProfileId.of(id), health)
  }
  const { profiles: _profiles, version: _version, ...rest } = value
  const document: HealthDocument = { version: 1, recent: [], profiles }
  if (others.size === 0 && Object.keys(rest).length === 0) return document
  return { ...document, kept: { fields: rest, profiles: Object.fromEntries(others) } }
}

const encodeProfile = ({ kept, trials, windows, ...known }: ProfileHealth): JsonObject => {
  const all = {
    ...kept?.fields,
    ...known,
    windows: kept === undefined ? windows : [...windows, ...kept.windows]
  }
  const written = [...(trials ?? []), ...(kept?.trials ?? [])]
  if (written.length === 0) return all
  return { ...all, trials: written }
}

/** The value to write. */
export const encode = ({ kept, profiles }: HealthDocument): JsonObject => {
  const records = [...profiles].map(([id, health]) => [id, encodeProfile(health)] as const)
  return {
    version: 1,
    ...kept?.fields,
    profiles: { ...kept?.profiles, ...Object.fromEntries(records) }
  }
}

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
  if (found !== undefined && isAbout(found, secretFingerprint)) return found
  return undefined
}

/** The same; a credential of which nothing is known is well. */
export const of = (
  document: HealthDocument,
  id: ProfileId.ProfileId,
  secretFingerprint: string
): ProfileHealth => lookup(document, id, secretFingerprint) ?? unknown(secretFingerprint)

/** A credential of which nothing is known, where it does not matter whose it is. */
export const untouched: ProfileHealth = { secretFingerprint: "", windows: [] }
