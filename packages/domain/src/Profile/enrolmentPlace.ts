/** Under which id a new credential is stored, as things stand now (decision D38). */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { AgentId } from "../Agent/AgentId.ts"
import * as AgentRegistry from "../Agent/AgentRegistry.ts"
import * as AuthFacts from "../Auth/AuthFacts.ts"
import type { Config } from "../Config/Config.ts"
import { ConfigStore } from "../Config/ConfigStore.ts"
import { listIf } from "../Document/listIf.ts"
import { StatePaths } from "../Environment/StatePaths.ts"
import type { ProfileHealth } from "../Health/HealthDocument.ts"
import { HealthStore } from "../Health/HealthStore.ts"
import { hasEnded } from "../OAuth/hasEnded.ts"
import * as Credential from "./Credential.ts"
import type * as ProfileId from "./ProfileId.ts"
import { ProfileStore } from "./ProfileStore.ts"
import * as Placement from "./placement.ts"
import * as Registration from "./registration.ts"

/** A credential that is to be stored. */
export interface NewCredential {
  readonly agent: AgentId
  /** Whether the person named the id, or said that what is there is to be replaced. */
  readonly isNamed: boolean
  readonly credential: Credential.Credential
}

/** Every stored profile of a provider. A store that cannot be read is a matter of its own agent. */
export const holdersOf = Effect.fnUntraced(function* (config: Config, provider: string) {
  const profiles = yield* ProfileStore
  const { agents } = AgentRegistry.fromConfig(config, yield* StatePaths)
  const stores = yield* Effect.forEach(agents, ({ id }) => Effect.option(profiles.read(id)))
  return stores.flatMap((store) => {
    if (store._tag === "None") return []
    return [...store.value.document.profiles].flatMap(
      ([profile, { provider: own, type: kind }]): ReadonlyArray<Registration.Holder> =>
        listIf(own === provider, { agent: store.value.agent, profile, kind })
    )
  })
})

/** Where the credential goes as things stand now. */
export const placeNow = Effect.fnUntraced(function* (
  enrolment: NewCredential,
  profile: ProfileId.ProfileId
) {
  const { agent, credential, isNamed } = enrolment
  const { config } = yield* (yield* ConfigStore).load
  const { document } = yield* (yield* ProfileStore).read(agent)
  const now = yield* Clock.currentTimeMillis
  const health = new Map([[agent, yield* (yield* HealthStore).read(agent)]])
  const holders = yield* holdersOf(config, credential.provider)
  const ended = new Set(
    yield* Effect.filter([...document.profiles.values()], (stored) =>
      Effect.orElseSucceed(hasEnded(stored), () => false)
    )
  )
  const healthOf = (id: ProfileId.ProfileId, stored: Credential.Credential): ProfileHealth => {
    const held = {
      profile: id,
      owner: agent,
      credential: stored,
      secretFingerprint: Credential.secretFingerprint(stored),
      ambient: false,
      usageStats: document.usageStats.get(id)
    }
    const settings = AuthFacts.healthSettings(config, stored.provider)
    const known = AuthFacts.healthOf(held, health, settings, now)
    if (ended.has(stored)) return { ...known, needsLogin: { since: 0, cause: "revoked" } }
    return known
  }
  const placement = Placement.place(profile, isNamed, credential, {
    document,
    healthOf,
    holderOf: (id) =>
      Registration.conflict(config, agent, id, {
        holders,
        kind: credential.type,
        provider: credential.provider
      }),
    now
  })
  return { document, placement }
})
