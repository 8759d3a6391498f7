/** From what the ports say to what the roster and the order need to know. Pure. */

import type { AgentId } from "../Agent/AgentId.ts"
import type { AgentRegistry } from "../Agent/AgentRegistry.ts"
import type { Config } from "../Config/Config.ts"
import { defaults } from "../Config/defaults.ts"
import { ifDefined } from "../Document/defined.ts"
import type { EffectiveEnvironment } from "../Environment/Environment.ts"
import * as Cooldown from "../Health/Cooldown.ts"
import { type ExtraUsage, extraUsageOf, withExtraUsage } from "../Health/extraUsage.ts"
import { withUsageStats } from "../Health/foreignRecord.ts"
import type { HealthDocument, ProfileHealth } from "../Health/HealthDocument.ts"
import * as Health from "../Health/HealthDocument.ts"
import { requestTarget } from "../Health/RequestTarget.ts"
import type { LoginCopies, LoginCopy } from "../OAuth/LoginCopies.ts"
import * as Credential from "../Profile/Credential.ts"
import * as ProfileId from "../Profile/ProfileId.ts"
import type { ProfileSnapshot } from "../Profile/ProfileStore.ts"
import * as ProviderId from "../Profile/ProviderId.ts"
import * as AmbientKey from "./AmbientKey.ts"
import type { AuthRequest } from "./AuthRequest.ts"
import type { QuotaMoment } from "./economy/compareQuota.ts"
import type { Moment } from "./Order.ts"
import type { Holding, RosterFacts } from "./Roster.ts"

/**
 * The agents whose stores an agent sees: itself, then those it inherits from; a circle ends where
 * it closes.
 */
export const inheritanceChain = (
  registry: AgentRegistry,
  agent: AgentId
): ReadonlyArray<AgentId> => {
  const seen: Array<AgentId> = []
  for (let next: AgentId | undefined = agent; next !== undefined && !seen.includes(next); ) {
    seen.push(next)
    next = registry.get(next).inheritFrom
  }
  return seen
}

/**
 * What the stores of an inheritance chain hold, each profile once: the nearest store wins, but for
 * a login of which a store further along has a newer copy (decision D36).
 */
export const holdings = (
  snapshots: ReadonlyArray<ProfileSnapshot>,
  copies: LoginCopies
): ReadonlyArray<Holding> => {
  const found = new Map<ProfileId.ProfileId, Holding>()
  const isSeen = (copy: LoginCopy): boolean => snapshots.some(({ path }) => path === copy.storePath)
  for (const { agent, document, path } of snapshots) {
    for (const [profile, credential] of document.profiles) {
      if (found.has(profile)) continue
      const copy = credential.type === "oauth" ? copies.at(path, profile) : undefined
      if (copy?._tag === "Superseded" && copy.by.profile === profile && isSeen(copy.by)) continue
      found.set(profile, {
        profile,
        owner: agent,
        credential,
        secretFingerprint: Credential.secretFingerprint(credential),
        ambient: false,
        usageStats: document.usageStats.get(profile),
        copy
      })
    }
  }
  return [...found.values()]
}

const byProvider = <A>(
  record: Readonly<Record<string, A>> | undefined,
  provider: ProviderId.ProviderId
): A | undefined =>
  Object.entries(record ?? {}).find(([name]) => ProviderId.normalize(name) === provider)?.[1]

const configProfiles = (config: Config): RosterFacts["configProfiles"] =>
  new Map(
    Object.entries(config.auth?.profiles ?? {})
      .filter(([id]) => id !== "")
      .map(([id, entry]) => [ProfileId.of(id), entry])
  )

/** The facts for a provider's roster. `snapshots` come in the order of {@link inheritanceChain}. */
export const rosterFacts = (options: {
  readonly agent: AgentId
  readonly provider: ProviderId.ProviderId
  readonly config: Config
  readonly environment: EffectiveEnvironment
  readonly snapshots: ReadonlyArray<ProfileSnapshot>
  readonly copies: LoginCopies
}): RosterFacts => {
  const { agent, config, provider, snapshots } = options
  const configOrder = byProvider(config.auth?.order, provider)
  const stored = holdings(snapshots, options.copies)
  const keys = AmbientKey.find(config, options.environment, provider)
  const inForce = AmbientKey.inForce(
    keys,
    stored.some(({ credential }) => credential.provider === provider)
  )
  return {
    provider,
    stored,
    ambient: inForce.map(
      ({ credential, profile }): Holding => ({
        profile,
        owner: agent,
        credential,
        secretFingerprint: Credential.secretFingerprint(credential),
        ambient: true,
        usageStats: undefined
      })
    ),
    ambientRejected: keys.filter((key) => !inForce.includes(key)).map(AmbientKey.rejected),
    storeOrder: snapshots
      .map(({ document }) => document.order.get(provider))
      .find((order) => order !== undefined),
    configOrder: ifDefined(configOrder, ProfileId.listOf),
    configProfiles: configProfiles(config),
    payAsYouGoFallback: config.auth?.payAsYouGoFallback
  }
}

/** What the config says of a provider's credentials that bears on their health. */
export interface HealthSettings {
  readonly cooldowns: Cooldown.CooldownSettings
  readonly extraUsage: ExtraUsage
}

/** The settings for a provider. */
export const healthSettings = (
  config: Config,
  provider: ProviderId.ProviderId
): HealthSettings => ({
  cooldowns: Cooldown.settings(config, provider),
  extraUsage: extraUsageOf(config)
})

/**
 * What is known of a credential's health at `now` (epoch ms), the reference's record included, as a
 * choice has to see it.
 */
export const healthOf = (
  held: Holding,
  documents: ReadonlyMap<AgentId, HealthDocument>,
  { cooldowns, extraUsage }: HealthSettings,
  now: number
): ProfileHealth => {
  const document = documents.get(held.owner)
  const own = ifDefined(document, (document) =>
    Health.lookup(document, held.profile, held.secretFingerprint)
  )
  if (held.usageStats === undefined) return withExtraUsage(own ?? Health.untouched, extraUsage)
  const known = own ?? Health.unknown(held.secretFingerprint)
  return withExtraUsage(withUsageStats(known, held.usageStats, cooldowns, now), extraUsage)
}

/**
 * What of a request decides the order. `now` in epoch ms; `hasHome`: a conversation has a home;
 * `quota` where it goes by that.
 */
export const moment = (
  request: AuthRequest,
  affinity: ProfileId.ProfileId | undefined,
  now: number,
  hasHome = false,
  quota?: QuotaMoment
): Moment => ({
  now,
  target: requestTarget(request),
  preferred: request.preferred,
  affinity,
  conversation: hasHome ? request.conversation : undefined,
  quota
})

/** Whether a conversation begins on a credential of its own: where gateways share a store. */
export const hasHomes = ({ store }: Config): boolean => store?.type === "postgres"

/** Whether a credential is chosen by quota where no order is set (decision D57). */
export const goesByQuota = ({ auth }: Config): boolean =>
  (auth?.scheduling ?? defaults["auth.scheduling"]) === "economy"
