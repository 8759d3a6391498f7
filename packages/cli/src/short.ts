/**
 * The commands that other programs call again and again, such as Claude Code before its requests:
 * bundled alone, for a start that reads no more than they need (`start/kinds.ts`). What they need
 * now and then comes from the script of all commands.
 */
import { status } from "./commands/models/status.ts"
import { printToken } from "./commands/modelsAuth/printToken.ts"
import { clawdbot, models, modelsAuth } from "./groups.ts"
import { mainOf } from "./mainOf.ts"
import { writeByDescriptor } from "./start/standardOutput.ts"

const run = mainOf(clawdbot([models([status, modelsAuth([printToken])])]))

/** Runs a command line of one of them. */
export const main = (argv: ReadonlyArray<string>): void => {
  writeByDescriptor()
  run(argv)
}
