/**
 * `KeptAside` beside each agent's store, in 0600 files named after the profile
 * (`auth-profiles.json.logged-out-<profile>`).
 */
import type { AgentId } from "@clawdbot/domain/Agent/AgentId"
import * as AgentRegistry from "@clawdbot/domain/Agent/AgentRegistry"
import * as Config from "@clawdbot/domain/Config/Config"
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import { KeptAside, KeptAsideUnavailable } from "@clawdbot/domain/Profile/KeptAside"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Disk from "../File/Disk.ts"
import type { FileFailure } from "../File/FileFailure.ts"
import * as LoggedOutFile from "./loggedOutFile.ts"

const unavailable = ({ code, operation, path }: FileFailure) =>
  new KeptAsideUnavailable({ path, operation: operation === "list" ? "read" : operation, code })

/** The files of this machine. */
export const make = Effect.gen(function* () {
  const configs = yield* ConfigStore
  const paths = yield* StatePaths
  const onDisk = yield* Disk.provider
  // A config that is broken stops commands before they store anything; the standard folders are
  // the only ones that can be meant.
  const storeOf = (agent: AgentId) =>
    Effect.map(
      Effect.orElseSucceed(
        Effect.map(configs.load, ({ config }) => config),
        () => Config.empty
      ),
      (config) => AgentRegistry.storePath(AgentRegistry.fromConfig(config, paths).get(agent))
    )
  return KeptAside.of({
    find: (agent, profile) =>
      Effect.flatMap(storeOf(agent), (file) => LoggedOutFile.find(file, profile)).pipe(
        Effect.mapError(unavailable),
        onDisk
      ),
    modify: (agent, profile, change) =>
      Effect.flatMap(storeOf(agent), (file) => LoggedOutFile.modify(file, profile, change)).pipe(
        Effect.mapError(unavailable),
        onDisk
      )
  })
})

/** The layer of {@link make}. */
export const layer: Layer.Layer<KeptAside, never, ConfigStore | StatePaths | Disk.Disk> =
  Layer.effect(KeptAside, make)
