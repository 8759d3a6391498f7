/**
 * The credentials of this machine for a service of one's own: the same files, order, cooldowns and
 * refreshes as the command and the gateway, as one layer (docs/library.md).
 * `@clawdbot/testing/CredentialsMemory` is its deterministic twin.
 */
import type { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import * as LoginKeeper from "@clawdbot/domain/OAuth/LoginKeeper"
import * as Policies from "@clawdbot/domain/policies"
import * as Layer from "effect/Layer"
import * as ConfigFile from "./Config/ConfigFile.ts"
import * as ProcessEnvironment from "./Environment/ProcessEnvironment.ts"
import * as StatePaths from "./Environment/statePaths.ts"
import * as Disk from "./File/Disk.ts"
import * as HealthFile from "./Health/HealthFile.ts"
import * as RefreshMachine from "./OAuth/RefreshMachine.ts"
import * as KeptAsideFile from "./Profile/KeptAsideFile.ts"
import * as ProfileFile from "./Profile/ProfileFile.ts"

/** The same over a config of one's own, such as one that is checked further. */
export const storesOver = <E, R>(config: Layer.Layer<ConfigStore, E, R>) =>
  LoginKeeper.layer.pipe(
    Layer.provide(KeptAsideFile.layer),
    Layer.provideMerge(RefreshMachine.layer()),
    Layer.provideMerge(Layer.mergeAll(ProfileFile.layerWatching, HealthFile.layerWatching)),
    Layer.provideMerge(config)
  )

/**
 * The person's files, watched, with every stored login kept alive for as long as the layer lives.
 */
export const stores = storesOver(ConfigFile.layerWatching)

/**
 * Everything for a service that stays: `Failover`, `AuthResolver`, `StatusReport` and the ports
 * below them.
 */
export const layer = (options: StatePaths.StatePathOptions = {}) =>
  Policies.layer.pipe(
    Layer.provideMerge(stores),
    Layer.provideMerge(ProcessEnvironment.layer),
    Layer.provideMerge(StatePaths.layer(options)),
    Layer.provide(Disk.layer)
  )
