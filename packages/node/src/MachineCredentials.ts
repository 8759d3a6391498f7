/**
 * The credentials of this machine for a service of one's own: the same files, order, cooldowns and
 * refreshes as the command and the gateway, as one layer (docs/library.md).
 * `@clawdbot/testing/CredentialsMemory` is its deterministic twin.
 */
import * as LoginKeeper from "@clawdbot/domain/OAuth/LoginKeeper"
import * as Policies from "@clawdbot/domain/policies"
import * as Layer from "effect/Layer"
import * as ConfigFile from "./Config/ConfigFile.ts"
import * as ProcessEnvironment from "./Environment/ProcessEnvironment.ts"
import * as StatePaths from "./Environment/statePaths.ts"
import * as HealthFile from "./Health/HealthFile.ts"
import * as RefreshMachine from "./OAuth/RefreshMachine.ts"
import * as ProfileFile from "./Profile/ProfileFile.ts"

/**
 * The person's files, watched, with every stored login kept alive for as long as the layer lives.
 */
export const stores = LoginKeeper.layer.pipe(
  Layer.provideMerge(RefreshMachine.layer()),
  Layer.provideMerge(Layer.mergeAll(ProfileFile.layerWatching, HealthFile.layerWatching)),
  Layer.provideMerge(ConfigFile.layerWatching)
)

/**
 * Everything for a service that stays: `Failover`, `AuthResolver`, `StatusReport` and the ports
 * below them.
 */
export const layer = (options: StatePaths.StatePathOptions = {}) =>
  Policies.layer.pipe(
    Layer.provideMerge(stores),
    Layer.provideMerge(ProcessEnvironment.layer),
    Layer.provideMerge(StatePaths.layer(options))
  )
