/**
 * Carries out the repairs of `doctor`, one after the other; the first that cannot be made ends the
 * command.
 */
import * as path from "node:path"
import { type ConfigEdit, ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import type { Repair } from "@clawdbot/domain/Status/Finding"
import * as ProfileIdRepair from "@clawdbot/domain/Status/profileIdRepair"
import { codeOf } from "@clawdbot/node/File/FileFailure"
import { makeFolder } from "@clawdbot/node/File/makeFolder"
import type { PlatformError } from "@effect/platform/Error"
import { FileSystem } from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { RepairFailed } from "../CliError.ts"
import { shellWord } from "../shownCommand.ts"
import { takeOutCopy } from "./takeOutCopy.ts"

const attempt = <R>(what: string, at: string, action: Effect.Effect<void, PlatformError, R>) =>
  Effect.mapError(action, (cause) => new RepairFailed({ what, path: at, code: codeOf(cause) }))

const noEdits: ReadonlyArray<ConfigEdit> = []

/** Makes one repair and says in a line what was done. */
export const carryOut = Effect.fn("doctor.carryOut")(function* (repair: Repair) {
  const configs = yield* ConfigStore
  const files = yield* FileSystem
  switch (repair._tag) {
    case "MigrateConfig": {
      const report = yield* configs.edit(() => Either.right(noEdits))
      return `updated the old key names in ${report.path}; the previous file is ${report.path}.bak`
    }
    case "RenameProfile": {
      const { repair: rename } = repair
      yield* configs.edit((snapshot) =>
        Either.right(ProfileIdRepair.edits(snapshot.config, rename))
      )
      return `renamed ${rename.from} to ${rename.to} in the config`
    }
    case "SetMode": {
      const mode = repair.mode.toString(8)
      yield* attempt(
        `change the mode to ${mode} of`,
        repair.path,
        files.chmod(repair.path, repair.mode)
      )
      return `changed the mode of ${repair.path} to ${mode}`
    }
    case "TakeOutCopy": {
      const { agent, fingerprint, profile } = repair
      const which = `${shellWord(profile)} --agent ${shellWord(agent)}`
      if (yield* takeOutCopy(agent, profile, fingerprint))
        return (
          `removed ${profile} from the store of agent ${agent}; to undo: clawdbot models ` +
          `auth logout ${which} --undo`
        )
      return `left ${profile} of agent ${agent} unchanged: it is a different login now`
    }
    case "MoveFolder": {
      // An empty folder in its place is replaced; one with something in it makes this fail.
      const move = files.rename(repair.from, repair.to)
      yield* attempt(
        "move",
        repair.from,
        Effect.zipRight(makeFolder(path.dirname(repair.to)), move)
      )
      return `moved ${repair.from} to ${repair.to}`
    }
  }
})
