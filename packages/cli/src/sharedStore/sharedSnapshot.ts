/** Whether the config names a store that gateways share. */
import { type ConfigSnapshot, ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

/**
 * The config, where credentials are in a shared store. A config that is broken stops a command
 * before it stores anything; until then its stores are files.
 */
export const sharedSnapshot: Effect.Effect<ConfigSnapshot | undefined, never, ConfigStore> =
  Effect.flatMap(ConfigStore, ({ load }) =>
    Effect.map(Effect.option(load), (loaded) => {
      const snapshot = Option.getOrUndefined(loaded)
      if (snapshot?.config.store?.type === "postgres") return snapshot
      return undefined
    })
  )
