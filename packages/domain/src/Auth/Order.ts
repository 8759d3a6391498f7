/**
 * Which profiles may answer a request, in which order, and why the others may not. Pure.
 * Rules: auth.md §3 with decisions D5, D10, D15 and D16. Precedence: eligibility, pay-as-you-go guard, explicit order, affinity,
 * automatic order; a profile that rests never stands before one that is usable.
 */
import * as DateTime from "effect/DateTime"
import type { AgentId } from "../Agent/AgentId.ts"
import type { AuthProfile } from "../Config/Config.ts"
import type { ProfileHealth } from "../Health/HealthDocument.ts"
import { obstacles } from "../Health/HealthPolicy.ts"
import { probeAt, type Window } from "../Health/Window.ts"
import * as Credential from "../Profile/Credential.ts"
import type { ProfileId } from "../Profile/ProfileId.ts"
import * as ProviderId from "../Profile/ProviderId.ts"
import type { PlaceReason, RejectReason } from "./Explanation.ts"

/** A credential with what is known about it. */
export interface Known {
  readonly profile: ProfileId
  /** The agent whose store (or, for an ambient key, whose health file) it belongs to. */
  readonly owner: AgentId
  readonly credential: Credential.Credential
  readonly secretFingerprint: string
  readonly health: ProfileHealth
  /** Whether it comes from the environment or the config instead of a store. */
  readonly ambient: boolean
}

/** Everything the order depends on. Times in epoch ms. */
export interface OrderFacts {
  readonly provider: ProviderId.ProviderId
  /** The model family asked for; limits of others do not count. */
  readonly family: string | undefined
  readonly now: number
  /** Stored profiles in store order: the agent's own, then inherited ones that it does not shadow. */
  readonly stored: ReadonlyArray<Known>
  readonly ambient: ReadonlyArray<Known>
  /** The order kept in the store; never empty when present. */
  readonly storeOrder: ReadonlyArray<ProfileId> | undefined
  /** `auth.order` of the config for this provider; an empty one means "no stored profiles". */
  readonly configOrder: ReadonlyArray<ProfileId> | undefined
  readonly configProfiles: ReadonlyMap<ProfileId, AuthProfile>
  readonly payAsYouGoFallback: boolean | undefined
  readonly preferred: ProfileId | undefined
  /** The profile the conversation was on. */
  readonly affinity: ProfileId | undefined
}

/**
 * A profile that could answer. `usableAt` is 0 when it can now. `half-open` means that it rests for long, and one request may try
 * whether the pause is still true when nobody else can answer.
 */
export interface Candidate extends Known {
  readonly place: PlaceReason
  readonly state: "ready" | "half-open" | "cooling"
  readonly obstacles: ReadonlyArray<Window>
  readonly usableAt: number
}

/** A profile that cannot, whatever time it is. */
export interface Rejected {
  readonly profile: ProfileId
  readonly reason: RejectReason
  readonly detail?: string
}

/** The result: usable candidates first, then half-open ones, then resting ones, both by when they come back. */
export interface Ranking {
  readonly candidates: ReadonlyArray<Candidate>
  readonly rejected: ReadonlyArray<Rejected>
}

/** Whether a config entry's mode accepts a stored credential: the same kind, or `oauth` for a setup token (S8). */
export const modeAccepts = (mode: AuthProfile["mode"], kind: Credential.Kind): boolean =>
  mode === kind || (mode === "oauth" && kind === "token")

const iso = (epochMs: number): string => DateTime.formatIso(DateTime.unsafeMake(epochMs))

/** Why a stored profile cannot answer, or undefined when it can. */
const rejection = (known: Known, facts: OrderFacts): Rejected | undefined => {
  const { credential, profile } = known
  const reject = (reason: RejectReason, detail?: string): Rejected =>
    detail === undefined ? { profile, reason } : { profile, reason, detail }
  if (credential.provider !== facts.provider) return reject("another provider", credential.provider)
  const entry = facts.configProfiles.get(profile)
  if (entry !== undefined && ProviderId.normalize(entry.provider) !== facts.provider) {
    return reject("config names another provider", entry.provider)
  }
  if (entry !== undefined && !modeAccepts(entry.mode, credential.type)) {
    return reject("config names another kind", `config: ${entry.mode}, stored: ${credential.type}`)
  }
  if (credential.disabled === true) return reject("disabled by hand")
  if (known.health.needsLogin !== undefined) return reject("login ended", known.health.needsLogin.cause)
  switch (credential.type) {
    case "api_key":
      return Credential.isBlank(credential.key) ? reject("no secret") : undefined
    case "token": {
      if (Credential.isBlank(credential.token)) return reject("no secret")
      const expiry = Credential.tokenExpiry(credential)
      return expiry !== undefined && facts.now >= expiry ? reject("expired", iso(expiry)) : undefined
    }
    case "oauth":
      return Credential.isBlank(credential.access) && Credential.isBlank(credential.refresh)
        ? reject("no secret")
        : undefined
  }
}

const kindRank: Readonly<Record<Credential.Kind, number>> = { oauth: 0, token: 1, api_key: 2 }

interface Base {
  readonly ids: ReadonlyArray<ProfileId>
  readonly explicit: PlaceReason | undefined
}

/** The list that says which profiles take part at all (auth.md §3 step A). */
const baseList = (facts: OrderFacts): Base => {
  if (facts.storeOrder !== undefined) return { ids: facts.storeOrder, explicit: "explicit order of the agent" }
  if (facts.configOrder !== undefined) return { ids: facts.configOrder, explicit: "explicit order of the config" }
  const named = [...facts.configProfiles].flatMap(([id, entry]) =>
    ProviderId.normalize(entry.provider) === facts.provider ? [id] : []
  )
  if (named.length > 0) return { ids: named, explicit: undefined }
  return {
    ids: facts.stored.flatMap((known) => (known.credential.provider === facts.provider ? [known.profile] : [])),
    explicit: undefined
  }
}

/** Subscriptions are never crossed into a pay-per-use key by accident (decision D5). */
const heldBack = (known: Known, base: Base, facts: OrderFacts): boolean =>
  known.credential.type === "api_key" &&
  facts.payAsYouGoFallback !== true &&
  (facts.payAsYouGoFallback === false ||
    facts.stored.some(
      (stored) =>
        stored.credential.provider === facts.provider &&
        stored.credential.type !== "api_key" &&
        base.ids.includes(stored.profile)
    ))

const comeBack = (a: Candidate, b: Candidate): number => a.usableAt - b.usableAt

/** The ranking of a request's candidates. */
export const rank = (facts: OrderFacts): Ranking => {
  const base = baseList(facts)
  const byId = new Map(facts.stored.map((known) => [known.profile, known]))
  const rejected: Array<Rejected> = []
  const eligible: Array<Candidate> = []
  const seen = new Set<ProfileId>()
  const consider = (known: Known, place: PlaceReason): void => {
    const why = rejection(known, facts)
    if (why !== undefined) {
      rejected.push(why)
      return
    }
    const inTheWay = obstacles(known.health, facts.family, facts.now)
    const usableAt = inTheWay.reduce((latest, window) => Math.max(latest, window.until), 0)
    const halfOpen = usableAt > 0 && inTheWay.every((window) => facts.now >= probeAt(window))
    eligible.push({
      ...known,
      place,
      state: usableAt === 0 ? "ready" : halfOpen ? "half-open" : "cooling",
      obstacles: inTheWay,
      usableAt
    })
  }
  for (const id of base.ids) {
    if (seen.has(id)) continue
    seen.add(id)
    const known = byId.get(id)
    if (known === undefined) rejected.push({ profile: id, reason: "not in the store" })
    else consider(known, base.explicit ?? "kind, then least recently used")
  }
  for (const known of facts.stored) {
    if (seen.has(known.profile)) continue
    rejected.push(
      known.credential.provider === facts.provider
        ? { profile: known.profile, reason: "not in the order" }
        : { profile: known.profile, reason: "another provider", detail: known.credential.provider }
    )
  }
  const stored = sortStored(eligible.splice(0), base.explicit !== undefined)
  for (const known of facts.ambient) {
    if (heldBack(known, base, facts)) rejected.push({ profile: known.profile, reason: "held back: pay-as-you-go" })
    else consider(known, "after the stored profiles")
  }
  const all = [...stored, ...eligible]
  const inState = (state: Candidate["state"]) => all.filter((candidate) => candidate.state === state)
  const usable = inState("ready")
  const resting = [...inState("half-open").sort(comeBack), ...inState("cooling").sort(comeBack)]
  const promoted = base.explicit === undefined ? promote(usable, facts.affinity, "same conversation") : usable
  return { candidates: [...promote(promoted, facts.preferred, "preferred"), ...resting], rejected }
}

/** Explicit orders stand as they are; the automatic one goes by kind, then by the longest rest. Sorting is stable. */
const sortStored = (candidates: ReadonlyArray<Candidate>, explicit: boolean): ReadonlyArray<Candidate> =>
  explicit
    ? candidates
    : [...candidates].sort(
        (a, b) =>
          kindRank[a.credential.type] - kindRank[b.credential.type] ||
          (a.health.lastUsedAt ?? 0) - (b.health.lastUsedAt ?? 0)
      )

const promote = (
  usable: ReadonlyArray<Candidate>,
  id: ProfileId | undefined,
  place: PlaceReason
): ReadonlyArray<Candidate> => {
  const found = id === undefined ? undefined : usable.find((candidate) => candidate.profile === id)
  return found === undefined ? usable : [{ ...found, place }, ...usable.filter((candidate) => candidate !== found)]
}
