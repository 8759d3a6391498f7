/** An index over four keys, of which the last is another agent's, and what it asks for. */
import * as Redacted from "effect/Redacted"
import * as AgentId from "../../src/Agent/AgentId.ts"
import { OrderIndex } from "../../src/Auth/OrderIndex.ts"
import type { Holding } from "../../src/Auth/Roster.ts"
import * as Roster from "../../src/Auth/Roster.ts"
import * as Health from "../../src/Health/HealthDocument.ts"
import { anyRequest } from "../../src/Health/RequestTarget.ts"
import type { Window } from "../../src/Health/Window.ts"
import * as Credential from "../../src/Profile/Credential.ts"
import * as ProfileId from "../../src/Profile/ProfileId.ts"
import * as ProviderId from "../../src/Profile/ProviderId.ts"

/** Epoch ms. */
export const now = 1_800_000_000_000
/** An agent whose credential an index holds too. */
export const other = AgentId.normalize("other")
/** A request that names nobody. */
export const moment = { now, target: anyRequest, preferred: undefined, affinity: undefined }
/** Their profiles, in the order of the store. */
export const a = ProfileId.of("a")
export const b = ProfileId.of("b")
export const c = ProfileId.of("c")
export const d = ProfileId.of("d")

/** An API key in the store of an agent. */
export const holding = (profile: ProfileId.ProfileId, owner = AgentId.main): Holding => {
  const credential: Credential.Credential = {
    type: "api_key",
    key: Redacted.make(`sk-ant-api03-${profile}`),
    provider: ProviderId.anthropic,
    extra: Credential.noExtra
  }
  const secretFingerprint = Credential.secretFingerprint(credential)
  return { profile, owner, credential, secretFingerprint, ambient: false, usageStats: undefined }
}

/** Them as a roster, or other facts. */
const roster = (more: Partial<Roster.RosterFacts> = {}) =>
  Roster.make({
    provider: ProviderId.anthropic,
    storeOrder: undefined,
    configOrder: undefined,
    configProfiles: new Map(),
    payAsYouGoFallback: undefined,
    ambientRejected: [],
    stored: [holding(a), holding(b), holding(c), holding(d, other)],
    ambient: [],
    ...more
  })

/** An index that notes whose health it asks for. */
export const watched = (more: Partial<Roster.RosterFacts> = {}) => {
  const looked: Array<string> = []
  const healths = new Map<ProfileId.ProfileId, Health.ProfileHealth>()
  const index = new OrderIndex(roster(more), ({ profile, secretFingerprint }) => {
    looked.push(profile)
    return healths.get(profile) ?? Health.unknown(secretFingerprint)
  })
  return { index, healths, since: () => looked.splice(0) }
}

/** A health document of a version, with what it says has changed. */
export const document = (version: number, ...recent: ReadonlyArray<ProfileId.ProfileId>) => ({
  ...Health.empty,
  version,
  recent
})

/** A login that can be refreshed. */
export const login = (profile: ProfileId.ProfileId): Holding => {
  const credential: Credential.Credential = {
    type: "oauth",
    access: Redacted.make(`access of ${profile}`),
    refresh: Redacted.make(`refresh of ${profile}`),
    expires: 0,
    provider: ProviderId.anthropic,
    extra: Credential.noExtra
  }
  const secretFingerprint = Credential.secretFingerprint(credential)
  return { ...holding(profile), credential, secretFingerprint }
}

/** A limit of a credential, `until` and learned at an epoch in ms. */
export const limit = (until: number, more: Partial<Window> = {}): Window => ({
  scope: "credential",
  until,
  class: "rate_limit",
  source: "retry-after",
  observedAt: now,
  ...more
})

/** What is known of a credential that has these limits. */
export const limited = (...windows: ReadonlyArray<Window>): Health.ProfileHealth => ({
  ...Health.unknown("x"),
  windows
})
