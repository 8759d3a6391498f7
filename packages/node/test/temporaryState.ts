/** A state folder that exists for one test. */
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import * as ConfigMemory from "@clawdbot/testing/Config/ConfigMemory"
import * as EnvironmentMemory from "@clawdbot/testing/Environment/EnvironmentMemory"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Disk from "../src/File/Disk.ts"

/** A fresh folder; removed with the scope. */
export const temporaryFolder = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "clawdbot-test-"))),
  (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true }))
)

/** Paths below a folder. */
export const pathsIn = (home: string) => ({
  home,
  workingFolder: home,
  stateDir: `${home}/.clawdbot`,
  configPath: `${home}/.clawdbot/clawdbot.json`,
  agentDirOverride: undefined,
  oauthDir: `${home}/.clawdbot/credentials`,
  profileName: undefined
})

/** Where `main` keeps its profiles below a home. */
export const storeIn = (home: string) => `${home}/.clawdbot/agents/main/agent/auth-profiles.json`

/** Writes a file and its folders. */
export const write = (file: string, content: string, mode = 0o600): void => {
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
  fs.writeFileSync(file, content, { mode })
}

/** The paths of a home, alone. */
export const statePaths = (home: string) => Layer.succeed(StatePaths, pathsIn(home))

/** Config (in memory), paths for a home, and the machine's disk. */
export const surroundings = (home: string, config = "{}") =>
  Layer.provideMerge(
    ConfigMemory.layer(config),
    Layer.mergeAll(EnvironmentMemory.layer({}), statePaths(home), Disk.layer)
  )
