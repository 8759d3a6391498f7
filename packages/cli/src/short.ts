/**
 * The commands that other programs call again and again, such as Claude Code before its requests:
 * bundled alone, for a start that reads no more than they need (`start/kinds.ts`). What they need
 * now and then comes from the script of all commands.
 */
import { status } from "./commands/models/status.ts"
import { printToken } from "./commands/modelsAuth/printToken.ts"
import { clawdbot, models, modelsAuth } from "./groups.ts"
import { mainOf } from "./mainOf.ts"

/** Runs a command line of one of them. */
export const main = mainOf(clawdbot([models([status, modelsAuth([printToken])])]))
