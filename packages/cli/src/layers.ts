/**
 * The layers of the commands, composed once. The gateway composes its own, watching ones, in its
 * own chunk.
 */

import { Affinity } from "@clawdbot/domain/Auth/Affinity"
import { defined } from "@clawdbot/domain/Document/defined"
import { StatusReport } from "@clawdbot/domain/Status/StatusReport"
import * as ClaudeCodeFile from "@clawdbot/node/ClaudeCode/ClaudeCodeFile"
import * as ConfigFile from "@clawdbot/node/Config/ConfigFile"
import * as ProcessEnvironment from "@clawdbot/node/Environment/ProcessEnvironment"
import * as StatePaths from "@clawdbot/node/Environment/statePaths"
import * as Disk from "@clawdbot/node/File/Disk"
import * as HealthFile from "@clawdbot/node/Health/HealthFile"
import * as RefreshJournalFile from "@clawdbot/node/OAuth/RefreshJournalFile"
import * as KeptAsideFile from "@clawdbot/node/Profile/KeptAsideFile"
import * as ProfileFile from "@clawdbot/node/Profile/ProfileFile"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Announce from "./announce.ts"
import { WorkingFolderGone } from "./CliError.ts"
import type { GlobalFlags } from "./commandLine/globalFlags.ts"
import { Terminal } from "./terminal/Terminal.ts"

const workingFolder = Effect.try({ try: () => process.cwd(), catch: () => new WorkingFolderGone() })

/** Disk, paths and environment of this run. */
export const machine = (flags: Pick<GlobalFlags, "profile" | "dev">) =>
  ProcessEnvironment.layer.pipe(
    Layer.provideMerge(
      Layer.unwrapEffect(
        Effect.map(workingFolder, (folder) =>
          StatePaths.layer({
            ...defined({ profile: flags.profile }),
            dev: flags.dev,
            workingFolder: folder
          })
        )
      )
    ),
    Layer.provideMerge(Disk.layer)
  )

/** Only a person who is there can answer a dialog of the macOS Keychain. */
const claudeCode = Layer.unwrapEffect(
  Effect.map(Terminal, ({ interactive }) => ClaudeCodeFile.layerWith({ interactive }))
)

/** Stores read the config in silence; what commands ask of it is announced. */
const stores = Layer.mergeAll(
  ProfileFile.layer,
  KeptAsideFile.layer,
  HealthFile.layer,
  claudeCode,
  Affinity.Default,
  Announce.layer,
  RefreshJournalFile.layer
).pipe(Layer.provide(ConfigFile.layer))

/** Everything a command may ask for, on a machine that is still to be given. */
export const services = StatusReport.Default.pipe(Layer.provideMerge(stores))

/** Everything a command may ask for. */
export const commands = (flags: Pick<GlobalFlags, "profile" | "dev">) =>
  services.pipe(Layer.provideMerge(machine(flags)))
