/**
 * `HealthStore` over `auth-health.json` (decisions D7, D12a). What is recorded is in force at once,
 * in memory; the file follows within 250 ms, merged with what other processes wrote. Health can be
 * learned again: a broken or unwritable file never stops a request.
 */

import * as path from "node:path"
import * as BackgroundLoop from "@clawdbot/domain/Background/backgroundLoop"
import type { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import { ifDefined } from "@clawdbot/domain/Document/defined"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import { HealthStore } from "@clawdbot/domain/Health/HealthStore"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Disk } from "../File/Disk.ts"
import * as AgentFiles from "./AgentFiles.ts"
import * as TrialTurns from "./trialTurns.ts"
import * as WriteBehind from "./writeBehind.ts"

const watchEvery = Duration.millis(500)

/** Takes over what other processes write, for as long as the scope lives. */
const watch = (files: AgentFiles.AgentFiles) => {
  const survive = BackgroundLoop.makeSurvive()
  return BackgroundLoop.start(
    { task: "watching health files", every: watchEvery },
    Effect.suspend(() =>
      Effect.forEach(
        files.all(),
        (health) => survive(`watching ${health.file}`, files.reload(health)),
        { discard: true }
      )
    )
  )
}

const make = (watches: boolean, file?: string) =>
  Effect.gen(function* () {
    const paths = yield* StatePaths
    const stateDir = file === undefined ? paths.stateDir : path.dirname(file)
    const files = yield* AgentFiles.make(
      watches,
      ifDefined(file, (file) => () => file)
    )
    const { flush, write } = yield* WriteBehind.make(files)
    const trials = yield* TrialTurns.make(stateDir, files, write)
    if (watches) yield* watch(files)
    return HealthStore.of({
      read: (agent) =>
        Effect.flatMap(files.of(agent), (health) =>
          Effect.map(watches ? Effect.void : files.reload(health), () => health.document)
        ),
      current: (agent) => (watches ? files.known(agent)?.document : undefined),
      record: (agent, profile, secretFingerprint, event) =>
        Effect.map(files.of(agent), (health) =>
          files.record(health, profile, secretFingerprint, event)
        ),
      note: (agent, profile, secretFingerprint, event) => {
        const health = files.known(agent)
        if (health !== undefined) files.record(health, profile, secretFingerprint, event)
        return health !== undefined
      },
      beginTrial: trials.begin,
      flush,
      changes: files.changes
    })
  })

/**
 * For commands: looks at the file's version on every read. Everything is on disk when the scope is
 * closed.
 */
export const forCommands = make(false)

/** The layer of {@link forCommands}. */
export const layer: Layer.Layer<HealthStore, never, ConfigStore | StatePaths | Disk> = Layer.scoped(
  HealthStore,
  forCommands
)

/**
 * For the gateway: reads answer from memory, and what other processes wrote is known within a
 * second.
 */
export const watching = make(true)

/** The layer of {@link watching}. */
export const layerWatching: Layer.Layer<HealthStore, never, ConfigStore | StatePaths | Disk> =
  Layer.scoped(HealthStore, watching)

/**
 * For programs that bring their keys: one file, wherever they want it, with what trials need beside
 * it in `run`.
 */
export const layerAt = (file: string) => Layer.scoped(HealthStore, make(true, file))
