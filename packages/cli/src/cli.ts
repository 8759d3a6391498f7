/** The command with all there is. */
import { mainOf } from "./mainOf.ts"
import { root } from "./root.ts"

/** Runs a command line. */
export const main = mainOf(root)
