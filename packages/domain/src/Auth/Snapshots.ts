/**
 * Keeps one {@link "./Snapshot.ts"} for each agent and provider, and replaces it when the config or
 * a store that it was made of is another one.
 */

import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as AgentRegistry from "../Agent/AgentRegistry.ts"
import type { ConfigInvalid, ConfigUnavailable } from "../Config/ConfigError.ts"
import { ConfigStore } from "../Config/ConfigStore.ts"
import { StatePaths } from "../Environment/StatePaths.ts"
import { HealthStore } from "../Health/HealthStore.ts"
import { OAuthRefresh } from "../OAuth/OAuthRefresh.ts"
import { RefreshJournal } from "../OAuth/RefreshJournal.ts"
import { copiesFor, makeReader } from "../OAuth/readLoginCopies.ts"
import type { ProfileStoreError } from "../Profile/ProfileError.ts"
import { type ProfileSnapshot, ProfileStore } from "../Profile/ProfileStore.ts"
import { Affinity } from "./Affinity.ts"
import * as AuthFacts from "./AuthFacts.ts"
import type { AuthRequest } from "./AuthRequest.ts"
import { ConversationHome } from "./ConversationHome.ts"
import * as Explain from "./explain.ts"
import { make as makeRoster } from "./Roster.ts"
import { type Memory, Snapshot, type StoredFacts } from "./Snapshot.ts"
import { hasAddress, upstream } from "./upstreamOrigin.ts"

/**
 * What can stop the facts from being gathered: a broken config or store. Never read as "nothing
 * configured".
 */
export type FactsError = ProfileStoreError | ConfigInvalid | ConfigUnavailable

/** How many snapshots are kept: agents may be named by clients. */
const maxSnapshots = 1_000

const make = Effect.gen(function* () {
  const configs = yield* ConfigStore
  const profiles = yield* ProfileStore
  const healths = yield* HealthStore
  const refresh = yield* OAuthRefresh
  const affinity = yield* Affinity
  const paths = yield* StatePaths
  const copying = { profiles, read: makeReader(yield* RefreshJournal) }
  const known = new Map<string, Snapshot>()
  const memory: Memory = {
    conversation: affinity.lookUp,
    hasHome: yield* ConversationHome,
    login: refresh.current,
    uses: affinity.uses,
    sizes: affinity.sizes
  }

  const keyOf = (request: AuthRequest): string => `${request.agent}\n${request.provider}`
  /** What was asked for last, which is what is asked for next: without making its key again. */
  let last: { readonly request: AuthRequest; readonly snapshot: Snapshot } | undefined
  const find = (request: AuthRequest): Snapshot | undefined => {
    const { agent, provider } = request
    if (last?.request.agent === agent && last.request.provider === provider) return last.snapshot
    const snapshot = known.get(keyOf(request))
    if (snapshot !== undefined) last = { request, snapshot }
    return snapshot
  }

  /** Whether it was made of the same; of one config all agents are read in one order. */
  const isSame = (
    before: StoredFacts,
    { config, copies, stores }: Pick<StoredFacts, "config" | "copies" | "stores">
  ): boolean =>
    before.config === config &&
    before.copies === copies &&
    before.stores.every(({ document }, position) => document === stores[position]?.document)

  /** The snapshot as things are now. A layer that looks at its files does so. */
  const load = Effect.fnUntraced(function* (request: AuthRequest) {
    const config = yield* configs.load
    const registry = AgentRegistry.fromConfig(config.config, paths)
    const storePath = AgentRegistry.storePath(registry.get(request.agent))
    const agents = AuthFacts.inheritanceChain(registry, request.agent)
    const stores: Array<ProfileSnapshot> = []
    for (const agent of agents) stores.push(yield* profiles.read(agent))
    const { copies, others } = yield* copiesFor(copying, registry, stores)
    const before = find(request)
    let snapshot =
      before !== undefined && isSame(before.stored, { config, copies, stores }) ? before : undefined
    if (snapshot === undefined) {
      const { agent, provider } = request
      const { environment } = config
      const facts = { agent, provider, config: config.config, environment, snapshots: stores }
      const roster = makeRoster(AuthFacts.rosterFacts({ ...facts, copies }))
      const target = upstream(config.config, provider, config.path)
      if (Either.isLeft(target)) {
        // A provider that is nowhere configured has no address either: that is not what is wrong.
        if (roster.members.length > 0 || hasAddress(config.config, provider))
          return yield* target.left
        const ranking = () => ({ candidates: [], rejected: roster.rejected })
        return yield* Explain.failure(request, { retryAt: undefined, ranking }, storePath)
      }
      const readAt = yield* Clock.currentTimeMillis
      snapshot = new Snapshot(
        {
          config,
          upstream: target.right,
          storePath,
          agents,
          stores,
          others,
          copies,
          roster,
          readAt
        },
        memory
      )
      if (known.size >= maxSnapshots) known.clear()
      known.set(keyOf(request), snapshot)
      last = { request, snapshot }
    }
    for (const agent of agents) snapshot.follow(agent, yield* healths.read(agent))
    return snapshot
  })

  /**
   * The snapshot as things are now, where that is known without waiting for anything and nothing
   * that it was made of has changed.
   */
  const current = (request: AuthRequest): Snapshot | undefined => {
    const config = configs.current()
    const snapshot = config === undefined ? undefined : find(request)
    if (snapshot === undefined || snapshot.stored.config !== config) return undefined
    const { agents, others, stores } = snapshot.stored
    for (let position = 0; position < agents.length; position++) {
      const agent = agents[position]
      if (agent === undefined) return undefined
      if (stores[position]?.document !== profiles.current(agent)?.document) return undefined
      const document = healths.current(agent)
      if (document === undefined) return undefined
      snapshot.follow(agent, document)
    }
    for (const { agent, document } of others) {
      if (document !== profiles.current(agent)?.document) return undefined
    }
    return snapshot
  }

  /** {@link current}, or where something has to be read {@link load}. */
  const get = (request: AuthRequest) =>
    Effect.suspend(() => {
      const snapshot = current(request)
      if (snapshot === undefined) return load(request)
      return Effect.succeed(snapshot)
    })

  return { current, get, load } as const
})

export class Snapshots extends Effect.Service<Snapshots>()("@clawdbot/domain/Auth/Snapshots", {
  effect: make
}) {}

/** The service itself, for who gives services without layers. */
export const service = Effect.map(make, (made) => new Snapshots(made))
