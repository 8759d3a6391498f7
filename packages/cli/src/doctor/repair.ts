/**
 * Carries out the repairs of `doctor`, one after the other; the first that cannot be made ends the
 * command.
 */
import * as fs from "node:fs/promises"
import * as path from "node:path"
import { type ConfigEdit, ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import type { Repair } from "@clawdbot/domain/Status/Doctor"
import * as ProfileIdRepair from "@clawdbot/domain/Status/profileIdRepair"
import { makeFolder } from "@clawdbot/node/File/makeFolder"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { RepairFailed } from "../CliError.ts"
import { shellWord } from "../shownCommand.ts"
import { takeOutCopy } from "./takeOutCopy.ts"

const codeOf = (cause: unknown): string => {
  if (cause instanceof Error && "code" in cause && typeof cause.code === "string") return cause.code
  return "UNKNOWN"
}

const attempt = (what: string, at: string, action: () => Promise<void>) =>
  Effect.tryPromise({
    try: action,
    catch: (cause) => new RepairFailed({ what, path: at, code: codeOf(cause) })
  })

const noEdits: ReadonlyArray<ConfigEdit> = []

/** Makes one repair and says in a line what was done. */
export const carryOut = Effect.fn("doctor.carryOut")(function* (repair: Repair) {
  const configs = yield* ConfigStore
  switch (repair._tag) {
    case "MigrateConfig": {
      const report = yield* configs.edit(() => Either.right(noEdits))
      return (
        `wrote the older keys of ${report.path} in their present form; the file before is ` +
        `${report.path}.bak`
      )
    }
    case "RenameProfile": {
      const { repair: rename } = repair
      yield* configs.edit((snapshot) =>
        Either.right(ProfileIdRepair.edits(snapshot.config, rename))
      )
      return `the config calls ${rename.from} now ${rename.to}`
    }
    case "SetMode": {
      const mode = repair.mode.toString(8)
      yield* attempt(`change the mode to ${mode} of`, repair.path, () =>
        fs.chmod(repair.path, repair.mode)
      )
      return `changed the mode of ${repair.path} to ${mode}`
    }
    case "TakeOutCopy": {
      const { agent, fingerprint, profile } = repair
      const which = `${shellWord(profile)} --agent ${shellWord(agent)}`
      if (yield* takeOutCopy(agent, profile, fingerprint))
        return (
          `took ${profile} out of the store of agent ${agent}; undo: clawdbot models auth ` +
          `logout ${which} --undo`
        )
      return `left ${profile} of agent ${agent} alone: it is another login by now`
    }
    case "MoveFolder": {
      yield* attempt("move", repair.from, async () => {
        await makeFolder(path.dirname(repair.to))
        // An empty folder in its place is replaced; one with something in it makes this fail.
        await fs.rename(repair.from, repair.to)
      })
      return `moved ${repair.from} to ${repair.to}`
    }
  }
})
