/**
 * The stores of this machine as a program that stays uses them: watched, and with every stored
 * login kept alive. The gateway and the library are made of the same.
 */
import type { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import * as LoginKeeper from "@clawdbot/domain/OAuth/LoginKeeper"
import * as Layer from "effect/Layer"
import * as HealthFile from "./Health/HealthFile.ts"
import * as RefreshMachine from "./OAuth/RefreshMachine.ts"
import * as KeptAsideFile from "./Profile/KeptAsideFile.ts"
import * as ProfileFile from "./Profile/ProfileFile.ts"

/** Profiles and their health, and logins that can be refreshed, over a config of one's own. */
const refreshingOver = <E, R>(config: Layer.Layer<ConfigStore, E, R>) =>
  RefreshMachine.layer().pipe(
    Layer.provideMerge(Layer.mergeAll(ProfileFile.layerWatching, HealthFile.layerWatching)),
    Layer.provideMerge(config)
  )

/**
 * All of it over a config of one's own, such as one that is checked further. `keepsLoginsFresh`:
 * whether logins are refreshed before somebody asks for them.
 */
export const storesOver = <E, R>(
  config: Layer.Layer<ConfigStore, E, R>,
  keepsLoginsFresh = true
) => {
  const stores = refreshingOver(config)
  if (!keepsLoginsFresh) return stores
  return LoginKeeper.layer.pipe(Layer.provide(KeptAsideFile.layer), Layer.provideMerge(stores))
}
