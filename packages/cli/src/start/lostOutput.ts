/** What becomes of output that nobody takes. */
import type * as Fs from "node:fs"
import { onFailure, standardOutput } from "./standardOutput.ts"

/**
 * Calls `lost` once where standard output cannot be written, and says so on standard error. A
 * reader that stopped reading (`| head`) ends the command quietly; a result that was lost in
 * another way is a failure.
 */
export const onLostOutput = (fs: typeof Fs, lost: () => void): void => {
  let isLost = false
  onFailure(({ code, name }) => {
    if (code === "EPIPE" || isLost) return
    isLost = true
    lost()
    standardOutput(fs, 2).write(`clawdbot: standard output cannot be written (${code ?? name})\n`)
  })
}
