/** `DashboardAccess` of one machine: its key in the state folder, or in memory. */
import { GatewayTokensUnavailable } from "@clawdbot/domain/Client/AccessTokens"
import { DashboardAccess } from "@clawdbot/domain/Client/DashboardAccess"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import { codeOf } from "@clawdbot/node/File/FileFailure"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SessionKey from "./SessionKey.ts"

/**
 * Over the state folder. A gateway that runs sees at its next look that the key was taken away, and
 * one that does not run needs not be asked.
 */
export const inFile = Effect.map(StatePaths, ({ stateDir }) => {
  const path = SessionKey.sessionKeyPath(stateDir)
  return DashboardAccess.of({
    key: SessionKey.inFile(path),
    sharedLinks: undefined,
    endSessions: Effect.try({
      try: () => SessionKey.revoke(path),
      catch: (cause) =>
        new GatewayTokensUnavailable({ path, operation: "write", code: codeOf(cause) })
    })
  })
})

/** The layer of {@link inFile}. */
export const layerFile: Layer.Layer<DashboardAccess, never, StatePaths> = Layer.effect(
  DashboardAccess,
  inFile
)

/** For as long as the process lives. */
export const layerMemory: Layer.Layer<DashboardAccess> = Layer.sync(DashboardAccess, () => {
  let key = SessionKey.inMemory()
  return DashboardAccess.of({
    key: () => key(),
    sharedLinks: undefined,
    endSessions: Effect.sync(() => {
      key = SessionKey.inMemory()
      return true
    })
  })
})
