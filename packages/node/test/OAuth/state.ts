/** A state folder of a test's own. */
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import * as Disk from "@clawdbot/node/File/Disk"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { temporaryFolder } from "./fleet.ts"

/** Paths inside one folder. */
export const pathsIn = (folder: string) => ({
  home: folder,
  workingFolder: folder,
  stateDir: `${folder}/state`,
  configPath: `${folder}/state/clawdbot.json`,
  agentDirOverride: undefined,
  oauthDir: `${folder}/state/credentials`,
  profileName: undefined
})

/** Paths inside a new folder, removed with the layer's scope, and the machine's disk. */
export const stateLayer = Layer.merge(
  Layer.scoped(StatePaths, Effect.map(temporaryFolder, pathsIn)),
  Disk.layer
)
