/** `clawdbot completion`: what a shell needs to complete command lines of this program. */

import * as Effect from "effect/Effect"
import { command } from "../commandLine/definition.ts"
import * as CommandOptions from "../commandLine/options.ts"
import { scripts, shells } from "../completion/scripts.ts"
import { exit } from "../exit.ts"
import { IoStreams } from "../terminal/IoStreams.ts"
import { linesOf } from "../terminal/lines.ts"

/** The command. */
export const completion = command({
  name: "completion",
  description: "Print the completion script for a shell; its first line says where to put it.",
  examples: ["clawdbot completion bash"],
  args: { shell: CommandOptions.choiceArgument("SHELL", shells, `${shells.join(", ")}.`) },
  run: ({ shell }) =>
    Effect.gen(function* () {
      yield* (yield* IoStreams).stdout(linesOf(scripts[shell]))
      return exit.done
    })
})
