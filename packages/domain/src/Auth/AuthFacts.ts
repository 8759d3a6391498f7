/** From what the ports say to what the order needs to know. Pure. */

import type { AgentId } from "../Agent/AgentId.ts"
import type { AgentRegistry } from "../Agent/AgentRegistry.ts"
import type { Config } from "../Config/Config.ts"
import type { EffectiveEnvironment } from "../Environment/Environment.ts"
import type { HealthDocument } from "../Health/HealthDocument.ts"
import * as Health from "../Health/HealthDocument.ts"
import { withUsageStats } from "../Health/HealthPolicy.ts"
import { modelFamily } from "../Health/Scope.ts"
import * as Credential from "../Profile/Credential.ts"
import * as ProfileId from "../Profile/ProfileId.ts"
import type { ProfileSnapshot } from "../Profile/ProfileStore.ts"
import * as ProviderId from "../Profile/ProviderId.ts"
import * as AmbientKey from "./AmbientKey.ts"
import type { AuthRequest } from "./AuthRequest.ts"
import type { Known, OrderFacts } from "./Order.ts"

/** One store with the health of its profiles. */
export interface StoreView {
  readonly snapshot: ProfileSnapshot
  readonly health: HealthDocument
}

/** The agents whose stores an agent sees: itself, then those it inherits from; a circle ends where it closes. */
export const lineage = (registry: AgentRegistry, agent: AgentId): ReadonlyArray<AgentId> => {
  const seen: Array<AgentId> = []
  for (let next: AgentId | undefined = agent; next !== undefined && !seen.includes(next); ) {
    seen.push(next)
    next = registry.get(next).inheritFrom
  }
  return seen
}

const storedProfiles = (views: ReadonlyArray<StoreView>): ReadonlyArray<Known> => {
  const found = new Map<ProfileId.ProfileId, Known>()
  for (const { health, snapshot } of views) {
    for (const [profile, credential] of snapshot.document.profiles) {
      if (found.has(profile)) continue
      const secretFingerprint = Credential.secretFingerprint(credential)
      const own = Health.of(health, profile, secretFingerprint)
      const stats = snapshot.document.usageStats.get(profile)
      found.set(profile, {
        profile,
        owner: snapshot.agent,
        credential,
        secretFingerprint,
        health: stats === undefined ? own : withUsageStats(own, stats),
        ambient: false
      })
    }
  }
  return [...found.values()]
}

const byProvider = <A>(
  record: Readonly<Record<string, A>> | undefined,
  provider: ProviderId.ProviderId
): A | undefined => Object.entries(record ?? {}).find(([name]) => ProviderId.normalize(name) === provider)?.[1]

/** The config's own list of profiles, by id. */
export const configProfiles = (config: Config): OrderFacts["configProfiles"] =>
  new Map(
    Object.entries(config.auth?.profiles ?? {}).flatMap(([id, entry]) => (id === "" ? [] : [[ProfileId.of(id), entry]]))
  )

/** The facts for one request. `views` come in the order of {@link lineage}; `now` in epoch ms. */
export const gather = (options: {
  readonly request: AuthRequest
  readonly config: Config
  readonly environment: EffectiveEnvironment
  readonly views: ReadonlyArray<StoreView>
  readonly affinity: ProfileId.ProfileId | undefined
  readonly now: number
}): OrderFacts => {
  const { config, request, views } = options
  const { provider } = request
  const own = views[0]
  const configOrder = byProvider(config.auth?.order, provider)
  return {
    provider,
    family: request.model === undefined ? undefined : modelFamily(request.model),
    now: options.now,
    stored: storedProfiles(views),
    ambient: AmbientKey.find(config, options.environment, provider).map(({ credential, profile }): Known => {
      const secretFingerprint = Credential.secretFingerprint(credential)
      return {
        profile,
        owner: request.agent,
        credential,
        secretFingerprint,
        health:
          own === undefined ? Health.unknown(secretFingerprint) : Health.of(own.health, profile, secretFingerprint),
        ambient: true
      }
    }),
    storeOrder: views.map(({ snapshot }) => snapshot.document.order.get(provider)).find((order) => order !== undefined),
    configOrder: configOrder?.flatMap((id) => (id.trim() === "" ? [] : [ProfileId.of(id.trim())])),
    configProfiles: configProfiles(config),
    payAsYouGoFallback: config.auth?.payAsYouGoFallback,
    preferred: request.preferred,
    affinity: options.affinity
  }
}
