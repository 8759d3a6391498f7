/** `clawdbot store restore`: stores a former version of a credential again. */
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import * as Effect from "effect/Effect"
import { UsageError } from "../../CliError.ts"
import type { CommandEffect } from "../../CommandEffect.ts"
import { command } from "../../commandLine/definition.ts"
import * as CommandOptions from "../../commandLine/options.ts"
import { exit } from "../../exit.ts"
import { IoStreams } from "../../terminal/IoStreams.ts"

/** The command. */
export const restore = command({
  name: "restore",
  description: "Store a former version of a credential again; the one it replaces is kept.",
  examples: ["clawdbot store restore anthropic:default 12"],
  options: { agent: CommandOptions.agent },
  args: {
    name: CommandOptions.profileArgument,
    version: CommandOptions.argument("VERSION", "The version's number in `store history`.")
  },
  run: ({ agent, name, version }): CommandEffect =>
    Effect.gen(function* () {
      const number = Number(version)
      if (!/^\d{1,15}$/.test(version))
        return yield* new UsageError({
          problem: `"${version}" is no number of a version`,
          command: "clawdbot store restore"
        })
      const { storeRestore } = yield* Effect.promise(() => import("../../sharedStore/history.ts"))
      const which = { named: agent, profile: ProfileId.of(name), version: number }
      for (const line of yield* storeRestore(which)) yield* (yield* IoStreams).stdout(line)
      return exit.done
    })
})
