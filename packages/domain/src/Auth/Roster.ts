/**
 * Which profiles take part in answering for a provider at all, and why the others do not: the part
 * of the order that depends on stores and config only, not on time or health (decision D15;
 * decisions D5, D15). Pure. Worked out once for each state of the files.
 */
import type { AgentId } from "../Agent/AgentId.ts"
import type { AuthProfile } from "../Config/authSection.ts"
import type { CopyStatus } from "../OAuth/LoginCopies.ts"
import * as Credential from "../Profile/Credential.ts"
import type { ProfileId } from "../Profile/ProfileId.ts"
import * as ProviderId from "../Profile/ProviderId.ts"
import { unsendable } from "../Profile/secretText.ts"
import type { UsageStats } from "../Profile/UsageStats.ts"
import { copyRejection } from "./copyRejection.ts"
import type { PlaceReason, Rejected } from "./Explanation.ts"
import { rejectWords } from "./explanationWords.ts"

export type { Rejected } from "./Explanation.ts"

/** A credential and where it is from. */
export interface Holding {
  readonly profile: ProfileId
  /** The agent whose store (or, for an ambient key, whose health file) it belongs to. */
  readonly owner: AgentId
  readonly credential: Credential.Credential
  readonly secretFingerprint: string
  /** Whether it comes from the environment or the config instead of a store. */
  readonly ambient: boolean
  /** What the reference recorded about it. */
  readonly usageStats: UsageStats | undefined
  /** What a stored login is beside its copies in other stores; absent for everything else. */
  readonly copy?: CopyStatus | undefined
}

/** Everything the roster depends on. */
export interface RosterFacts {
  readonly provider: ProviderId.ProviderId
  /**
   * Stored profiles in store order: the agent's own, then inherited ones that it does not shadow.
   */
  readonly stored: ReadonlyArray<Holding>
  readonly ambient: ReadonlyArray<Holding>
  /** Keys of the environment or the config that do not count, and why. */
  readonly ambientRejected: ReadonlyArray<Rejected>
  /** The order kept in the store; never empty when present. */
  readonly storeOrder: ReadonlyArray<ProfileId> | undefined
  /** `auth.order` of the config for this provider; an empty one means "no stored profiles". */
  readonly configOrder: ReadonlyArray<ProfileId> | undefined
  readonly configProfiles: ReadonlyMap<ProfileId, AuthProfile>
  readonly payAsYouGoFallback: boolean | undefined
}

/** A profile that takes part. */
export interface Member extends Holding {
  readonly place: PlaceReason
  /**
   * Epoch ms at which it ends for good: a static token, a login that must not be refreshed;
   * `Infinity` for everything else.
   */
  readonly expiresAt: number
}

/** The members: stored ones in base order, then ambient ones. */
export interface Roster {
  readonly provider: ProviderId.ProviderId
  /** Whether somebody wrote the order down; otherwise it goes by kind and rest. */
  readonly explicit: boolean
  readonly members: ReadonlyArray<Member>
  readonly rejected: ReadonlyArray<Rejected>
}

/**
 * Whether a config entry's mode accepts a stored credential: the same kind, or `oauth` for a setup
 * token (S8).
 */
export const modeAccepts = (mode: AuthProfile["mode"], kind: Credential.Kind): boolean =>
  mode === kind || (mode === "oauth" && kind === "token")

const hasSecret = (credential: Credential.Credential): boolean => {
  if (credential.type === "oauth")
    return !(Credential.isBlank(credential.access) && Credential.isBlank(credential.refresh))
  return !Credential.isBlank(Credential.secret(credential))
}

/** Why a profile cannot answer at any time, or undefined when it can. */
const rejection = (held: Holding, facts: RosterFacts): Rejected | undefined => {
  const { credential, profile } = held
  if (credential.provider !== facts.provider)
    return { profile, reason: "another provider", detail: credential.provider }
  const entry = facts.configProfiles.get(profile)
  if (entry !== undefined && ProviderId.normalize(entry.provider) !== facts.provider) {
    return { profile, reason: "config names another provider", detail: entry.provider }
  }
  if (entry !== undefined && !modeAccepts(entry.mode, credential.type)) {
    return {
      profile,
      reason: "config names another kind",
      detail: `config: ${entry.mode}, stored: ${credential.type}`
    }
  }
  if (credential.disabled === true) return { profile, reason: "disabled by hand" }
  if (!hasSecret(credential)) return { profile, reason: "no secret" }
  const detail = unsendable(Credential.secret(credential))
  if (detail === undefined) return copyRejection(held)
  return { profile, reason: "cannot be sent", detail }
}

/** Why a held credential does not take part, with where it is stored. */
export const passedOver = (
  { ambient, credential, owner }: Pick<Holding, "ambient" | "credential" | "owner">,
  why: Rejected
): Rejected => {
  if (ambient) return why
  return { ...why, owner, kind: credential.type }
}

interface Base {
  readonly ids: ReadonlyArray<ProfileId>
  readonly explicit: PlaceReason | undefined
}

/** The list that says which profiles take part at all (decision D15). */
const baseList = (facts: RosterFacts): Base => {
  if (facts.storeOrder !== undefined)
    return { ids: facts.storeOrder, explicit: "explicit order of the agent" }
  if (facts.configOrder !== undefined)
    return { ids: facts.configOrder, explicit: "explicit order of the config" }
  const named = [...facts.configProfiles].flatMap(([id, entry]) =>
    ProviderId.normalize(entry.provider) === facts.provider ? [id] : []
  )
  if (named.length > 0) return { ids: named, explicit: undefined }
  return {
    ids: facts.stored.flatMap((held) =>
      held.credential.provider === facts.provider ? [held.profile] : []
    ),
    explicit: undefined
  }
}

/** Subscriptions are never crossed into a pay-per-use key by accident (decision D5). */
const holdsKeysBack = (facts: RosterFacts, listed: ReadonlySet<ProfileId>): boolean =>
  facts.payAsYouGoFallback !== true &&
  (facts.payAsYouGoFallback === false ||
    facts.stored.some(
      ({ credential, profile }) =>
        credential.provider === facts.provider &&
        credential.type !== "api_key" &&
        listed.has(profile)
    ))

/** Written out, so that ten thousand of them are of one shape. */
const memberOf = (held: Holding, place: PlaceReason): Member => ({
  profile: held.profile,
  owner: held.owner,
  credential: held.credential,
  secretFingerprint: held.secretFingerprint,
  ambient: held.ambient,
  usageStats: held.usageStats,
  copy: held.copy,
  place,
  expiresAt: endOf(held)
})

/** A login that must not or cannot be refreshed ends like a static token. */
const endOf = ({ copy, credential }: Holding): number => {
  const isFixed = credential.type === "oauth" && Credential.isBlank(credential.refresh)
  if (credential.type === "token" || isFixed || copy?._tag === "Unclear")
    return Credential.expiresAt(credential) ?? Number.POSITIVE_INFINITY
  return Number.POSITIVE_INFINITY
}

/** A profile that no list names; whatever else is in its way is said at once. */
const unlisted = (held: Holding, facts: RosterFacts): Rejected => {
  const { profile } = held
  const more = rejection(held, facts)
  if (more === undefined) return { profile, reason: "not in the order" }
  if (more.reason === "another provider") return more
  const detail = `also ${rejectWords[more.reason]}`
  return { profile, reason: "not in the order", detail, also: more.reason }
}

/** The roster of a provider. */
export const make = (facts: RosterFacts): Roster => {
  const base = baseList(facts)
  const byId = new Map(facts.stored.map((held) => [held.profile, held]))
  const members: Array<Member> = []
  const rejected: Array<Rejected> = []
  const consider = (held: Holding, place: PlaceReason): void => {
    const why = rejection(held, facts)
    if (why === undefined) members.push(memberOf(held, place))
    else rejected.push(passedOver(held, why))
  }
  const listed = new Set(base.ids)
  for (const id of listed) {
    const held = byId.get(id)
    if (held === undefined) rejected.push({ profile: id, reason: "not in the store" })
    else consider(held, base.explicit ?? "kind, then least recently used")
  }
  for (const held of facts.stored) {
    if (listed.has(held.profile)) continue
    rejected.push(passedOver(held, unlisted(held, facts)))
  }
  const heldBack = holdsKeysBack(facts, listed)
  for (const held of facts.ambient) {
    if (heldBack && held.credential.type === "api_key") {
      rejected.push({ profile: held.profile, reason: "held back: pay-as-you-go" })
    } else consider(held, "after the stored profiles")
  }
  rejected.push(...facts.ambientRejected)
  return { provider: facts.provider, explicit: base.explicit !== undefined, members, rejected }
}
