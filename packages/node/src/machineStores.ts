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

/** What is done in the background. */
export interface Background {
  /** Whether logins are refreshed before somebody asks for them. Default: true. */
  readonly keepsLoginsFresh?: boolean | undefined
  /** Whether files are watched, instead of looked at by each request. Default: true. */
  readonly watches?: boolean | undefined
}

/** Profiles and their health. */
const files = (watches: boolean) => {
  if (watches) return Layer.mergeAll(ProfileFile.layerWatching, HealthFile.layerWatching)
  return Layer.mergeAll(ProfileFile.layer, HealthFile.layer)
}

/**
 * Profiles and their health, and logins that can be refreshed, over a config of one's own, such as
 * one that is checked further.
 */
export const storesOver = <E, R>(
  config: Layer.Layer<ConfigStore, E, R>,
  { keepsLoginsFresh = true, watches = true }: Background = {}
) => {
  const stores = KeptAsideFile.layer.pipe(
    Layer.provideMerge(RefreshMachine.layer()),
    Layer.provideMerge(files(watches)),
    Layer.provideMerge(config)
  )
  if (!keepsLoginsFresh) return stores
  return Layer.provideMerge(LoginKeeper.layer, stores)
}
