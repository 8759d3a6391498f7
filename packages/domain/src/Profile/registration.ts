/**
 * How a config learns of a stored profile, so that it takes part and no other one stops taking part
 * (decision D38). Pure.
 */

import { modeAccepts } from "../Auth/Roster.ts"
import type { AuthProfile, ProfileMode } from "../Config/authSection.ts"
import type { Config } from "../Config/Config.ts"
import type { ConfigEdit } from "../Config/ConfigStore.ts"
import { defined, ifDefined } from "../Document/defined.ts"
import type * as Credential from "./Credential.ts"
import * as ProfileId from "./ProfileId.ts"
import * as ProviderId from "./ProviderId.ts"

/** A credential some agent has stored, without its secret. */
export interface Holder {
  readonly agent: string
  readonly profile: ProfileId.ProfileId
  readonly kind: Credential.Kind
}

/** The profile to register. */
export interface Registration {
  readonly profile: ProfileId.ProfileId
  readonly provider: ProviderId.ProviderId
  readonly kind: Credential.Kind
  /** The profile it was stored beside: it goes before that one in an order that lists it. */
  readonly beside: ProfileId.ProfileId | undefined
  /** All stored profiles of the provider, of every agent. */
  readonly holders: ReadonlyArray<Holder>
}

const entriesOf = (config: Config, provider: ProviderId.ProviderId) =>
  Object.entries(config.auth?.profiles ?? {}).filter(
    ([, entry]) => ProviderId.normalize(entry.provider) === provider
  )

/**
 * The mode that an entry gets for a type of credential. The profile that follows Claude Code holds
 * its login or a setup token, and `oauth` accepts both (S8).
 */
export const modeFor = (profile: string, kind: Credential.Kind): ProfileMode => {
  if (profile === ProfileId.claudeCode && modeAccepts("oauth", kind)) return "oauth"
  return kind
}

/** The mode an entry has afterwards: `oauth` accepts a setup token too, and is never narrowed. */
const modeOf = (entry: AuthProfile | undefined, profile: string, kind: Credential.Kind) => {
  if (entry?.mode === "oauth" && modeAccepts("oauth", kind)) return "oauth"
  return modeFor(profile, kind)
}

/** One mode that accepts all these kinds under an id, if there is one. */
const commonMode = (
  profile: string,
  kinds: ReadonlyArray<Credential.Kind>
): ProfileMode | undefined =>
  [...kinds.map((kind) => modeFor(profile, kind)), "oauth" as const].find((mode) =>
    kinds.every((kind) => modeAccepts(mode, kind))
  )

/**
 * The agent whose credential under an id would not be accepted any more once the config's entry is
 * of this kind: an entry holds for all agents.
 */
export const conflict = (
  config: Config,
  agent: string,
  profile: ProfileId.ProfileId,
  { holders, kind, provider }: Pick<Registration, "holders" | "kind" | "provider">
): string | undefined => {
  const entry = config.auth?.profiles?.[profile]
  const isOpen = entriesOf(config, provider).length === 0
  const after = modeOf(entry, profile, kind)
  return holders.find((holder) => {
    const takesPart = entry === undefined ? isOpen : modeAccepts(entry.mode, holder.kind)
    const isOther = holder.agent !== agent && holder.profile === profile
    return isOther && takesPart && !modeAccepts(after, holder.kind)
  })?.agent
}

/**
 * Entries for the stored profiles that took part because the config listed none: with one entry it
 * lists some, and only those take part. Undefined where one entry could not stand for all agents.
 */
const entriesForOthers = (
  provider: ProviderId.ProviderId,
  { holders, profile }: Registration
): ReadonlyArray<ConfigEdit> | undefined => {
  const kinds = new Map<ProfileId.ProfileId, ReadonlyArray<Credential.Kind>>()
  for (const holder of holders) {
    if (holder.profile !== profile)
      kinds.set(holder.profile, [...(kinds.get(holder.profile) ?? []), holder.kind])
  }
  const edits: Array<ConfigEdit> = []
  for (const [id, held] of kinds) {
    const mode = commonMode(id, held)
    if (mode === undefined) return undefined
    edits.push({ _tag: "Set", path: ["auth", "profiles", id], value: { provider, mode } })
  }
  return edits
}

/** The order with the profile in it: before the one it was stored beside, else at the front. */
const withProfile = (
  ids: ReadonlyArray<string>,
  profile: ProfileId.ProfileId,
  beside: ProfileId.ProfileId | undefined
): ReadonlyArray<string> => {
  const others = ids.filter((id) => id !== profile)
  const at = ifDefined(beside, (profile) => others.indexOf(profile)) ?? -1
  return others.toSpliced(Math.max(at, 0), 0, profile)
}

/**
 * An agent's own order with the profile before the one it was stored beside; undefined where it
 * does not list that one.
 */
export const inStoreOrder = (
  order: ReadonlyArray<ProfileId.ProfileId> | undefined,
  profile: ProfileId.ProfileId,
  beside: ProfileId.ProfileId | undefined
): ReadonlyArray<ProfileId.ProfileId> | undefined => {
  if (order === undefined || beside === undefined || !order.includes(beside)) return undefined
  const others = order.filter((id) => id !== profile)
  return others.toSpliced(others.indexOf(beside), 0, profile)
}

/**
 * The edits that make a config know a profile: its entry, those of the profiles that took part
 * without one, and its place in an order that exists already.
 */
export const edits = (config: Config, registration: Registration): ReadonlyArray<ConfigEdit> => {
  const { beside, kind, profile, provider } = registration
  const isOpen = entriesOf(config, provider).length === 0
  const others = isOpen ? entriesForOthers(provider, registration) : []
  const entry = config.auth?.profiles?.[profile]
  const mode = modeOf(entry, profile, kind)
  const found: Array<ConfigEdit> = []
  if (others !== undefined) {
    found.push(...others)
    const isListed = entry?.mode === mode && ProviderId.normalize(entry.provider) === provider
    const value = {
      provider,
      mode,
      ...defined({ email: entry?.email })
    }
    if (!isListed) found.push({ _tag: "Set", path: ["auth", "profiles", profile], value })
  }
  for (const [name, before] of Object.entries(config.auth?.order ?? {})) {
    if (ProviderId.normalize(name) !== provider) continue
    const ids = withProfile(before, profile, beside)
    if (ids.length !== before.length || ids.some((id, index) => id !== before[index]))
      found.push({ _tag: "Set", path: ["auth", "order", name], value: ids })
  }
  return found
}

/** Whether a config takes a stored profile of this kind into account. */
export const isKnown = (
  config: Config,
  { kind, profile, provider }: Pick<Registration, "kind" | "profile" | "provider">
): boolean => {
  const entry = config.auth?.profiles?.[profile]
  if (entry === undefined) return entriesOf(config, provider).length === 0
  return modeAccepts(entry.mode, kind) && ProviderId.normalize(entry.provider) === provider
}
