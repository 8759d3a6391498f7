/** `clawdbot completion`: what a shell needs to complete command lines of this program. */
import * as Effect from "effect/Effect"
import { nearest } from "../argv/nearest.ts"
import { command } from "../argv/spec.ts"
import { UsageError } from "../CliError.ts"
import { scripts, shells } from "../completion/scripts.ts"
import { exit } from "../exit.ts"
import { Terminal } from "../terminal/Terminal.ts"

/** The command. */
export const completion = command({
  name: "completion",
  describe: "Print the completion for a shell; its first lines say where it goes.",
  flags: {},
  words: {
    name: "SHELL",
    describe: `${shells.join(", ")}.`,
    atLeast: 1,
    atMost: 1,
    values: [shells]
  },
  run: (_values, [named = ""]) =>
    Effect.gen(function* () {
      const shell = shells.find((known) => known === named)
      if (shell === undefined) {
        const suggestion = nearest(named, shells)
        return yield* new UsageError({
          problem: `there is no completion for "${named}" (${shells.join(", ")})`,
          command: "clawdbot completion",
          ...(suggestion === undefined ? {} : { suggestion: `clawdbot completion ${suggestion}` })
        })
      }
      yield* (yield* Terminal).result(scripts[shell])
      return exit.done
    })
})
