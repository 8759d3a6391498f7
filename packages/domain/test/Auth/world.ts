/**
 * A small world for the policies: one config, stores by agent, health in memory, logins that never
 * need a refresh unless told.
 */

import * as RefreshJournalMemory from "@clawdbot/testing/OAuth/RefreshJournalMemory"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import type * as AgentId from "../../src/Agent/AgentId.ts"
import { Affinity } from "../../src/Auth/Affinity.ts"
import { AuthResolver } from "../../src/Auth/AuthResolver.ts"
import { Failover } from "../../src/Auth/Failover.ts"
import { Snapshots } from "../../src/Auth/Snapshots.ts"
import * as Config from "../../src/Config/Config.ts"
import { type ConfigSnapshot, ConfigStore } from "../../src/Config/ConfigStore.ts"
import * as Environment from "../../src/Environment/Environment.ts"
import { StatePaths } from "../../src/Environment/StatePaths.ts"
import { decideTrial } from "../../src/Health/decideTrial.ts"
import * as Health from "../../src/Health/HealthDocument.ts"
import type { HealthEvent } from "../../src/Health/HealthEvent.ts"
import * as HealthPolicy from "../../src/Health/HealthPolicy.ts"
import { HealthStore } from "../../src/Health/HealthStore.ts"
import { OAuthRefreshFailed, type RefreshCause } from "../../src/OAuth/OAuthError.ts"
import { OAuthRefresh, type StoredLogin } from "../../src/OAuth/OAuthRefresh.ts"
import * as ProfileDocument from "../../src/Profile/ProfileDocument.ts"
import type * as ProfileId from "../../src/Profile/ProfileId.ts"
import { ProfileStore } from "../../src/Profile/ProfileStore.ts"

export interface World {
  /** What is known of refresh tokens. */
  readonly journal?: RefreshJournalMemory.JournalPaper
  readonly config?: unknown
  readonly stores?: Readonly<Record<string, unknown>>
  readonly variables?: Readonly<Record<string, string>>
  /** What a refresh after a 401 does: the new access token, or why it fails. */
  readonly refresh?: { readonly access: string } | { readonly cause: RefreshCause }
  /**
   * Whether nothing is known without an effect, as in a layer that looks at its files every time.
   */
  readonly looking?: boolean
  /** Profiles whose login is at its end, and why it cannot be refreshed. */
  readonly ended?: Readonly<
    Record<string, { readonly cause: RefreshCause; readonly retryAt?: number }>
  >
}

const configLayer = (world: World) => {
  const snapshot: ConfigSnapshot = {
    path: "/home/p/.clawdbot/clawdbot.json",
    exists: true,
    config: Either.getOrThrow(Config.decode(world.config ?? {})),
    value: Redacted.make({}),
    environment: {
      ...Environment.empty,
      variables: new Map(
        Object.entries(world.variables ?? {}).map(([name, value]) => [
          name,
          { value: Redacted.make(value), source: { _tag: "Process" as const } }
        ])
      )
    },
    migrations: [],
    warnings: [],
    source: () => ({ _tag: "Default" })
  }
  return Layer.succeed(ConfigStore, {
    load: Effect.succeed(snapshot),
    edit: () => Effect.dieMessage("this world's config does not change"),
    changes: Stream.empty,
    current: () => (world.looking === true ? undefined : snapshot)
  })
}

const profileLayer = (world: World) => {
  const documents = new Map(
    Object.entries(world.stores ?? {}).map(([agent, store]) => [
      agent,
      Either.getOrThrow(ProfileDocument.decode(store))
    ])
  )
  const current = (agent: AgentId.AgentId) => ({
    agent,
    path: `/stores/${agent}`,
    document: documents.get(agent) ?? ProfileDocument.empty,
    exists: documents.has(agent),
    notices: []
  })
  return Layer.succeed(ProfileStore, {
    read: (agent) => Effect.succeed(current(agent)),
    modify: () => Effect.dieMessage("this world's profiles do not change"),
    changes: Stream.empty,
    current
  })
}

const healthLayer = Layer.effect(
  HealthStore,
  Effect.map(Effect.clock, (clock) => {
    const documents = new Map<AgentId.AgentId, Health.HealthDocument>()
    let lastTrialAt = Number.NEGATIVE_INFINITY
    const current = (agent: AgentId.AgentId) => documents.get(agent) ?? Health.empty
    const note = (
      agent: AgentId.AgentId,
      profile: ProfileId.ProfileId,
      mark: string,
      event: HealthEvent
    ): boolean => {
      documents.set(agent, HealthPolicy.record(current(agent), profile, mark, event))
      return true
    }
    return HealthStore.of({
      read: (agent) => Effect.sync(() => current(agent)),
      record: (agent, profile, mark, event) =>
        Effect.sync(() => void note(agent, profile, mark, event)),
      beginTrial: (request) =>
        Effect.sync(() => {
          const { agent, kind, profile, secretFingerprint } = request
          const now = clock.unsafeCurrentTimeMillis()
          const start = decideTrial(current(agent), request, lastTrialAt, now)
          if (start._tag === "NotDue") return start
          lastTrialAt = now
          note(agent, profile, secretFingerprint, { _tag: "TrialBegun", ...start.trial, kind })
          return start
        }),
      flush: Effect.void,
      changes: Stream.empty,
      current,
      note
    })
  })
)

const refreshLayer = (world: World) =>
  Layer.succeed(OAuthRefresh, {
    ensureFresh: ({ credential, owner, profile }) => {
      const end = world.ended?.[profile]
      return end === undefined
        ? Effect.succeed(credential)
        : Effect.fail(
            new OAuthRefreshFailed({
              provider: "anthropic",
              profile,
              agent: owner,
              detail: "as scripted",
              ...end
            })
          )
    },
    current: ({ credential, profile }) =>
      world.ended?.[profile] === undefined ? credential : undefined,
    afterRefusal: (login) => Effect.asSome(refreshed(world, login)),
    refreshNow: (login) => refreshed(world, login)
  })

const refreshed = (world: World, { credential, owner, profile }: StoredLogin) => {
  const refresh = world.refresh ?? { cause: "revoked" as const }
  return "access" in refresh
    ? Effect.succeed({ ...credential, access: Redacted.make(refresh.access) })
    : Effect.fail(
        new OAuthRefreshFailed({
          provider: "anthropic",
          profile,
          agent: owner,
          cause: refresh.cause,
          detail: "invalid_grant"
        })
      )
}

export const paths = {
  home: "/home/p",
  workingFolder: "/home/p",
  stateDir: "/home/p/.clawdbot",
  configPath: "/home/p/.clawdbot/clawdbot.json",
  agentDirOverride: undefined,
  oauthDir: "/home/p/.clawdbot/credentials",
  profileName: undefined
}

/** The policies over a world. */
export const layerWorld = (world: World) =>
  Failover.Default.pipe(
    Layer.provideMerge(AuthResolver.Default),
    Layer.provideMerge(Snapshots.Default),
    Layer.provideMerge(
      Layer.mergeAll(
        configLayer(world),
        profileLayer(world),
        healthLayer,
        refreshLayer(world),
        Affinity.Default,
        RefreshJournalMemory.layer(world.journal),
        Layer.succeed(StatePaths, paths)
      )
    )
  )
