/**
 * What commands may ask for, given to their effects one after the other and without layers: a layer
 * takes more than a hundred steps to build, several at once a fiber each, and commands are short.
 * The gateway gives its own, which watch (`gateway/gatewayStores.ts`).
 */

import * as Affinity from "@clawdbot/domain/Auth/Affinity"
import { ClaudeCodeLogin } from "@clawdbot/domain/ClaudeCode/ClaudeCodeLogin"
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import { defined } from "@clawdbot/domain/Document/defined"
import { Environment } from "@clawdbot/domain/Environment/Environment"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import { HealthStore } from "@clawdbot/domain/Health/HealthStore"
import { RefreshJournal } from "@clawdbot/domain/OAuth/RefreshJournal"
import { KeptAside } from "@clawdbot/domain/Profile/KeptAside"
import { ProfileStore } from "@clawdbot/domain/Profile/ProfileStore"
import * as StatusReport from "@clawdbot/domain/Status/StatusReport"
import * as ClaudeCodeFile from "@clawdbot/node/ClaudeCode/ClaudeCodeFile"
import * as ConfigFile from "@clawdbot/node/Config/ConfigFile"
import * as ProcessEnvironment from "@clawdbot/node/Environment/ProcessEnvironment"
import * as FoundPaths from "@clawdbot/node/Environment/statePaths"
import * as PosixFiles from "@clawdbot/node/File/PosixFiles"
import * as HealthFile from "@clawdbot/node/Health/HealthFile"
import * as RefreshJournalFile from "@clawdbot/node/OAuth/RefreshJournalFile"
import * as KeptAsideFile from "@clawdbot/node/Profile/KeptAsideFile"
import * as ProfileFile from "@clawdbot/node/Profile/ProfileFile"
import * as NodeFileSystem from "@effect/platform-node-shared/NodeFileSystem"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { WorkingFolderGone } from "./CliError.ts"
import type { GlobalFlags } from "./commandLine/globalFlags.ts"
import * as ConfigNotices from "./configNotices.ts"
import { notMoved } from "./notMoved.ts"
import { sharedSnapshot } from "./sharedStore/sharedSnapshot.ts"
import { IoStreams } from "./terminal/IoStreams.ts"
import { openingStore } from "./terminal/withSpinner.ts"

const workingFolder = Effect.try({ try: () => process.cwd(), catch: () => new WorkingFolderGone() })

/** Only a person who is there can answer a dialog of the macOS Keychain. */
const claudeCode = Effect.flatMap(IoStreams, ({ interactive }) =>
  ClaudeCodeFile.make({ interactive })
)

/**
 * The stores of this machine's files. They read the config in silence; what commands ask of it is
 * announced.
 */
const withFiles = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  effect.pipe(
    Effect.provideServiceEffect(ConfigStore, ConfigNotices.make),
    Effect.provideServiceEffect(ProfileStore, ProfileFile.forCommands),
    Effect.provideServiceEffect(KeptAside, KeptAsideFile.make),
    Effect.provideServiceEffect(HealthStore, HealthFile.forCommands),
    Effect.provideServiceEffect(ClaudeCodeLogin, claudeCode),
    Effect.provideServiceEffect(RefreshJournal, RefreshJournalFile.make),
    Effect.provideServiceEffect(Affinity.Affinity, Affinity.service),
    Effect.scoped
  )

const withReport = Effect.provideServiceEffect(StatusReport.StatusReport, StatusReport.service)

/**
 * Groups of commands that work whatever becomes of a shared store. Most read and write no
 * credentials, and are how one is set up; the gateway and `doctor` open it themselves.
 */
const withoutStores = new Set(["completion", "config", "dashboard", "doctor", "gateway", "store"])

/**
 * In place of files, the store that the config names; nothing of it is loaded otherwise. The config
 * is read for it in silence.
 */
const withStores = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const snapshot = yield* sharedSnapshot
    const served = withReport(effect)
    if (snapshot === undefined) {
      yield* notMoved
      return yield* withFiles(served)
    }
    const { forCommands } = yield* Effect.promise(() => import("./sharedStore/openStore.ts"))
    // What keeps the store open lives as long as the command; the wait is over before it starts.
    const opened = Layer.unwrapScoped(
      Effect.map(openingStore(Layer.build(forCommands(snapshot))), Layer.succeedContext)
    )
    return yield* withFiles(served.pipe(Effect.provide(opened)))
  })

/** Gives an effect everything a command may ask for, on a machine that is still to be given. */
const withServices = <A, E, R>(effect: Effect.Effect<A, E, R>, group = "") => {
  const served = withoutStores.has(group) ? withFiles(withReport(effect)) : withStores(effect)
  return Effect.provideServiceEffect(served, ConfigStore, ConfigFile.make)
}

/** The variables and the working folder of a run, where they are not those of this process. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly workingFolder: string
}

/** Gives an effect the disk, the paths and the environment of this run. */
const onThisMachine =
  (flags: Pick<GlobalFlags, "profile" | "dev">, around: Surroundings | undefined) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    effect.pipe(
      Effect.provideServiceEffect(
        Environment,
        Effect.suspend(() => ProcessEnvironment.make(around?.env ?? process.env))
      ),
      Effect.provideServiceEffect(
        StatePaths,
        Effect.flatMap(
          around === undefined ? workingFolder : Effect.succeed(around.workingFolder),
          (folder) =>
            FoundPaths.make({
              ...defined({ profile: flags.profile, env: around?.env }),
              dev: flags.dev,
              workingFolder: folder
            })
        )
      ),
      Effect.provideService(PosixFiles.PosixFiles, PosixFiles.ofSystem),
      Effect.provide(NodeFileSystem.layer)
    )

/**
 * Gives an effect everything a command may ask for. `group` is the command's first word, where it
 * is known.
 */
export const forCommand =
  (flags: Pick<GlobalFlags, "profile" | "dev">, group = "", around?: Surroundings) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    onThisMachine(flags, around)(withServices(effect, group))
