/**
 * The health files of all agents as one process uses them: each is loaded when it is first asked
 * for, and from then on what is known is in memory.
 */
import type { AgentId } from "@clawdbot/domain/Agent/AgentId"
import * as AgentRegistry from "@clawdbot/domain/Agent/AgentRegistry"
import * as Config from "@clawdbot/domain/Config/Config"
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import { restarted } from "@clawdbot/domain/Health/decideTrial"
import type { HealthEvent } from "@clawdbot/domain/Health/HealthEvent"
import type { ProfileId } from "@clawdbot/domain/Profile/ProfileId"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as PubSub from "effect/PubSub"
import * as Stream from "effect/Stream"
import * as Disk from "../File/Disk.ts"
import type { FileFailure } from "../File/FileFailure.ts"
import type { FolderLockTimes } from "../File/FolderLock.ts"
import * as AgentHealth from "./AgentHealth.ts"

/**
 * - `of` loads an agent's health where it is not known; `known` does not.
 * - `record` is in force at once; the file is behind until `write`.
 * - `reload` takes over what other processes wrote.
 * - `write` writes what is known; `locked` runs while no other process can write, and what it
 *   records
 *   is written as well.
 * - `changes` gives the agents whose health is another one, whoever changed it.
 */
export interface AgentFiles {
  readonly of: (agent: AgentId) => Effect.Effect<AgentHealth.AgentHealth>
  readonly known: (agent: AgentId) => AgentHealth.AgentHealth | undefined
  readonly all: () => ReadonlyArray<AgentHealth.AgentHealth>
  readonly record: (
    health: AgentHealth.AgentHealth,
    profile: ProfileId,
    secretFingerprint: string,
    event: HealthEvent
  ) => void
  readonly reload: (health: AgentHealth.AgentHealth) => Effect.Effect<void>
  readonly persist: (
    health: AgentHealth.AgentHealth,
    locked: Effect.Effect<void>,
    times: FolderLockTimes
  ) => Effect.Effect<void, FileFailure>
  readonly publish: (health: AgentHealth.AgentHealth) => void
  readonly changes: Stream.Stream<AgentId>
}

/**
 * `isGateway`: whether a start of this process makes one trial of each cooldown due. `fileOf` names
 * an agent's file.
 */
export const make = (
  isGateway: boolean,
  fileOf: (agent: AgentRegistry.Agent) => string = AgentRegistry.healthPath
) =>
  Effect.gen(function* () {
    const configs = yield* ConfigStore
    const paths = yield* StatePaths
    const onDisk = yield* Disk.provider
    const clock = yield* Effect.clock
    const now = () => clock.unsafeCurrentTimeMillis()
    const published = yield* PubSub.sliding<AgentId>(256)
    const agents = new Map<AgentId, AgentHealth.AgentHealth>()
    const loading = yield* Effect.makeSemaphore(1)

    const load = (agent: AgentId): Effect.Effect<AgentHealth.AgentHealth> =>
      Effect.gen(function* () {
        const before = agents.get(agent)
        if (before !== undefined) return before
        const loaded = Option.map(yield* Effect.option(configs.load), ({ config }) => config)
        const config = Option.getOrElse(loaded, () => Config.empty)
        const entry = AgentRegistry.fromConfig(config, paths).get(agent)
        const health = yield* onDisk(AgentHealth.load(agent, fileOf(entry), now()))
        if (isGateway) health.document = restarted(health.document, now())
        agents.set(agent, health)
        return health
      }).pipe(loading.withPermits(1))

    /** How many hear of changes: mostly nobody, and every request makes two. */
    let listeners = 0
    const listening = Effect.acquireRelease(
      Effect.sync(() => {
        listeners += 1
      }),
      () =>
        Effect.sync(() => {
          listeners -= 1
        })
    )
    const publish = ({ agent }: AgentHealth.AgentHealth): void => {
      if (listeners > 0) published.unsafeOffer(agent)
    }

    const reload = (health: AgentHealth.AgentHealth): Effect.Effect<void> =>
      Effect.map(onDisk(AgentHealth.reload(health, now())), (isNew) => {
        if (isNew) publish(health)
      })

    const files: AgentFiles = {
      of: (agent) =>
        Effect.suspend(() => {
          const known = agents.get(agent)
          if (known === undefined) return load(agent)
          return Effect.succeed(known)
        }),
      known: (agent) => agents.get(agent),
      all: () => [...agents.values()],
      record: (health, profile, secretFingerprint, event) => {
        AgentHealth.record(health, profile, secretFingerprint, event, now())
        publish(health)
      },
      reload,
      persist: (health, locked, times) =>
        onDisk(AgentHealth.persist(health, Effect.zipRight(reload(health), locked), times)),
      publish,
      changes: Stream.unwrapScoped(Effect.as(listening, Stream.fromPubSub(published)))
    }
    return files
  })
