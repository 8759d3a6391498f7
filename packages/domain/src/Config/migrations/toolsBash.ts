/**
 * The former name of `tools.exec`.
 *
 * before  { tools: { bash: { timeoutSec: 5 } } }
 * after   { tools: { exec: { timeoutSec: 5 } } }
 *
 * Dropped where `tools.exec` is there already.
 */
import { moveOrDrop, type Step } from "./Draft.ts"

/** `tools.bash` to `tools.exec`. */
export const toolsBash: Step = {
  name: "toolsBash",
  run: (draft) => moveOrDrop(draft, ["tools", "bash"], ["tools", "exec"])
}
