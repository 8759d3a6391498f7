/**
 * What commands may ask for, given to their effects. One service after the other: `Layer.provide`
 * makes six layers of each two, and building those took a command longer than what it was called
 * for. The gateway composes its own, watching layers, in its own chunk.
 */

import { Affinity } from "@clawdbot/domain/Auth/Affinity"
import { ClaudeCodeLogin } from "@clawdbot/domain/ClaudeCode/ClaudeCodeLogin"
import { defined } from "@clawdbot/domain/Document/defined"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import { StatusReport } from "@clawdbot/domain/Status/StatusReport"
import * as ClaudeCodeFile from "@clawdbot/node/ClaudeCode/ClaudeCodeFile"
import * as ConfigFile from "@clawdbot/node/Config/ConfigFile"
import * as ProcessEnvironment from "@clawdbot/node/Environment/ProcessEnvironment"
import * as FoundPaths from "@clawdbot/node/Environment/statePaths"
import * as Disk from "@clawdbot/node/File/Disk"
import * as HealthFile from "@clawdbot/node/Health/HealthFile"
import * as RefreshJournalFile from "@clawdbot/node/OAuth/RefreshJournalFile"
import * as KeptAsideFile from "@clawdbot/node/Profile/KeptAsideFile"
import * as ProfileFile from "@clawdbot/node/Profile/ProfileFile"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { WorkingFolderGone } from "./CliError.ts"
import type { GlobalFlags } from "./commandLine/globalFlags.ts"
import * as ConfigNotices from "./configNotices.ts"
import { IoStreams } from "./terminal/IoStreams.ts"

const workingFolder = Effect.try({ try: () => process.cwd(), catch: () => new WorkingFolderGone() })

/** Only a person who is there can answer a dialog of the macOS Keychain. */
const claudeCode = Layer.effect(
  ClaudeCodeLogin,
  Effect.flatMap(IoStreams, ({ interactive }) => ClaudeCodeFile.make({ interactive }))
)

/** Stores read the config in silence; what commands ask of it is announced. */
const stores = Layer.mergeAll(
  ProfileFile.layer,
  KeptAsideFile.layer,
  HealthFile.layer,
  claudeCode,
  Affinity.Default,
  ConfigNotices.layer,
  RefreshJournalFile.layer
)

/** Gives an effect everything a command may ask for, on a machine that is still to be given. */
export const withServices = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  effect.pipe(
    Effect.provide(StatusReport.Default),
    Effect.provide(stores),
    Effect.provide(ConfigFile.layer)
  )

/** Gives an effect the disk, the paths and the environment of this run. */
const onThisMachine =
  (flags: Pick<GlobalFlags, "profile" | "dev">) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    effect.pipe(
      Effect.provide(ProcessEnvironment.layer),
      Effect.provideServiceEffect(
        StatePaths,
        Effect.flatMap(workingFolder, (folder) =>
          FoundPaths.make({
            ...defined({ profile: flags.profile }),
            dev: flags.dev,
            workingFolder: folder
          })
        )
      ),
      Effect.provide(Disk.layer)
    )

/** Gives an effect everything a command may ask for. */
export const forCommand =
  (flags: Pick<GlobalFlags, "profile" | "dev">) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    effect.pipe(withServices, onThisMachine(flags))
