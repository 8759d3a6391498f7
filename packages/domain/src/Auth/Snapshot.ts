/**
 * One way from facts to a choice (decision D44): everything a choice depends on, and the functions
 * over it. The gateway, the command, the library and `explain` call the same. Pure.
 */

import type { AgentId } from "../Agent/AgentId.ts"
import type { ConfigSnapshot } from "../Config/ConfigStore.ts"
import { defaults } from "../Config/defaults.ts"
import type { CooldownSettings } from "../Health/Cooldown.ts"
import type { HealthDocument } from "../Health/HealthDocument.ts"
import type { LoginCopies } from "../OAuth/LoginCopies.ts"
import type { OAuthRefreshFailed } from "../OAuth/OAuthError.ts"
import type { StoredLogin } from "../OAuth/StoredLogin.ts"
import * as Credential from "../Profile/Credential.ts"
import type { ProfileId } from "../Profile/ProfileId.ts"
import type { ProfileSnapshot } from "../Profile/ProfileStore.ts"
import type { AuthError } from "./AuthError.ts"
import * as AuthFacts from "./AuthFacts.ts"
import type { AuthRequest } from "./AuthRequest.ts"
import type { CredentialUse } from "./CredentialUse.ts"
import type { Explanation } from "./Explanation.ts"
import { type QuotaMemory, quotaMoment } from "./economy/quotaMoment.ts"
import * as Explain from "./explain.ts"
import * as Order from "./Order.ts"
import { OrderIndex } from "./OrderIndex.ts"
import type { Roster } from "./Roster.ts"
import type { Upstream } from "./upstreamOrigin.ts"

/** What is read of config and stores for one agent and provider. */
export interface StoredFacts {
  readonly config: ConfigSnapshot
  readonly upstream: Upstream
  readonly storePath: string
  /** The agents whose stores and health count, the asking one first; `stores` are theirs. */
  readonly agents: ReadonlyArray<AgentId>
  readonly stores: ReadonlyArray<ProfileSnapshot>
  /** Stores of other agents, which may hold copies of the logins in `stores`. */
  readonly others: ReadonlyArray<ProfileSnapshot>
  readonly copies: LoginCopies
  readonly roster: Roster
  /** When all of it was read, epoch ms: what a store dates later than that is not believed. */
  readonly readAt: number
}

/** What is known in memory, and looked up for the one credential that is chosen. */
export interface Memory extends QuotaMemory {
  /** The profile a conversation was on, by agent, conversation and epoch ms. */
  readonly conversation: (agent: AgentId, name: string, now: number) => ProfileId | undefined
  /** Whether a conversation that is not known begins on a credential of its own. */
  readonly hasHome?: boolean | undefined
  /** A login as it can be sent now, or undefined where it has to be refreshed first. */
  readonly login: (login: StoredLogin, now: number) => Credential.OAuth | undefined
}

/**
 * Everything a choice for one agent and provider depends on but the request and the time. Replaced
 * as a whole when config or stores change; what is known of the credentials' health follows each
 * response, so that a request computes nothing that the one before it computed.
 */
export class Snapshot {
  readonly stored: StoredFacts
  readonly memory: Memory
  readonly order: OrderIndex
  /** How long credentials cool down where the provider does not say. */
  readonly cooldowns: CooldownSettings
  /** How long a request may wait for its conversation's credential, in ms; 0: no time is set. */
  readonly holdMs: number
  /** What an hour of waiting costs a person, in USD; counts where it goes by quota. */
  readonly waitUsdPerHour: number
  /** Whether a credential is chosen by quota (decision D57). */
  readonly goesByQuota: boolean
  private readonly documents = new Map<AgentId, HealthDocument>()

  constructor(stored: StoredFacts, memory: Memory) {
    this.stored = stored
    this.memory = memory
    const { config, readAt, roster } = stored
    const settings = AuthFacts.healthSettings(config.config, roster.provider)
    this.cooldowns = settings.cooldowns
    this.holdMs = (config.config.auth?.holdSeconds ?? defaults["auth.holdSeconds"]) * 1_000
    this.waitUsdPerHour = config.config.auth?.waitUsdPerHour ?? defaults["auth.waitUsdPerHour"]
    this.goesByQuota = AuthFacts.goesByQuota(config.config) && !roster.explicit
    this.order = new OrderIndex(roster, (member) =>
      AuthFacts.healthOf(member, this.documents, settings, readAt)
    )
  }

  /** Takes over what is known of an agent's credentials; cheap when the document is known. */
  follow(agent: AgentId, document: HealthDocument): void {
    this.documents.set(agent, document)
    this.order.follow(agent, document)
  }
}

/** A credential that was chosen, and the facts it was chosen by. */
export interface Chosen {
  readonly candidate: Order.Candidate
  readonly snapshot: Snapshot
}

/** What a request is to be sent with. */
export type Choice =
  /** At once: its secret is good, and it is not cooling down. */
  | ({ readonly _tag: "Use"; readonly use: CredentialUse } & Chosen)
  /** After something that has to be waited for: a refresh, or the right to test its cooldown. */
  | ({ readonly _tag: "Prepare" } & Chosen)
  /** With nothing, now; {@link unanswered} says why. */
  | { readonly _tag: "Unavailable" }

const unavailable: Choice = { _tag: "Unavailable" }

/** The facts of a request that decide the order, at a time (epoch ms). */
const momentOf = (
  { goesByQuota, memory }: Snapshot,
  request: AuthRequest,
  now: number
): Order.Moment => {
  const { agent, conversation } = request
  if (goesByQuota)
    return AuthFacts.moment(request, undefined, now, false, quotaMoment(request, memory, now))
  const last =
    conversation === undefined ? undefined : memory.conversation(agent, conversation, now)
  return AuthFacts.moment(request, last, now, memory.hasHome)
}

/** A candidate's credential as it is sent to an upstream. */
export const useOf = (
  { owner, profile }: Order.Candidate,
  credential: Credential.Credential,
  { basePath, origin }: Upstream
): CredentialUse => ({
  profile,
  owner,
  provider: credential.provider,
  kind: credential.type,
  secret: Credential.secret(credential),
  secretFingerprint: Credential.secretFingerprint(credential),
  expiresAt: Credential.expiresAt(credential),
  origin,
  basePath
})

/** Whether a request with this candidate is a trial; one that is bound to a profile is none. */
export const isTrial = (request: AuthRequest, { state }: Order.Candidate): boolean =>
  request.profile === undefined && state === "half-open"

/** What is known of a profile as a candidate for a request; undefined where it is none. */
export const candidateFor = (
  snapshot: Snapshot,
  request: AuthRequest,
  profile: ProfileId,
  now: number
): Order.Candidate | undefined => snapshot.order.find(profile, momentOf(snapshot, request, now))

/** Whether anybody else than these may answer a request, now or later. */
export const hasOthers = (
  snapshot: Snapshot,
  request: AuthRequest,
  tried: ReadonlySet<ProfileId>,
  now: number
): boolean => request.profile === undefined && snapshot.order.hasOthers(tried, now)

/** The candidate that a request gets next, at a time (epoch ms). */
const candidateOf = (
  snapshot: Snapshot,
  request: AuthRequest,
  now: number,
  progress: Order.Progress
): Order.Candidate | undefined => {
  const { profile } = request
  if (profile === undefined) return snapshot.order.first(momentOf(snapshot, request, now), progress)
  if (progress.tried.has(profile)) return undefined
  return candidateFor(snapshot, request, profile, now)
}

/**
 * What a request that came so far is to be sent with at a time (epoch ms): the one place where a
 * credential is chosen.
 */
export const choose = (
  snapshot: Snapshot,
  request: AuthRequest,
  now: number,
  progress: Order.Progress = Order.beginning
): Choice => {
  const candidate = candidateOf(snapshot, request, now, progress)
  if (candidate === undefined) return unavailable
  const { credential, owner, profile } = candidate
  const current =
    credential.type === "oauth"
      ? snapshot.memory.login({ owner, profile, credential }, now)
      : credential
  if (current === undefined || isTrial(request, candidate))
    return { _tag: "Prepare", candidate, snapshot }
  const use = useOf(candidate, current, snapshot.stored.upstream)
  return { _tag: "Use", candidate, snapshot, use }
}

/** All credentials in the order in which a request at its beginning would get them. */
export const rank = (snapshot: Snapshot, request: AuthRequest, now: number): Order.Ranking =>
  snapshot.order.rank(momentOf(snapshot, request, now))

/** The dry run: who would answer and why. */
export const explain = (snapshot: Snapshot, request: AuthRequest, now: number): Explanation =>
  Explain.explain(request, rank(snapshot, request, now), snapshot.stored.storePath)

/** Which credentials are no choice for a request that comes now; all else is in {@link explain}. */
export type PassedOver = Pick<Explanation, "candidates" | "rejected">

const nobody: PassedOver["candidates"] = []

/** The same without an order, where nobody cools down. */
export const passedOver = (snapshot: Snapshot, request: AuthRequest, now: number): PassedOver => {
  const { order } = snapshot
  // Who is ready is so for every conversation, and by quota as without it.
  if (!order.areAllReady(AuthFacts.moment(request, undefined, now)))
    return explain(snapshot, request, now)
  return { candidates: nobody, rejected: order.roster.rejected }
}

/**
 * Why a request got no credential: by the facts, the logins that turned out not to be refreshable,
 * and the time (epoch ms) before which no trial may be sent.
 */
export const unanswered = (
  snapshot: Snapshot,
  request: AuthRequest,
  now: number,
  broken: ReadonlyArray<OAuthRefreshFailed>,
  notBefore: number
): AuthError | OAuthRefreshFailed => {
  const moment = momentOf(snapshot, request, now)
  return Explain.unanswered(
    request,
    (except) => snapshot.order.evidence(moment, except),
    snapshot.stored.storePath,
    broken,
    notBefore
  )
}
