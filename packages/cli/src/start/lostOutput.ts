/** What becomes of output that nobody takes. */

/**
 * Calls `lost` once where standard output cannot be written, and says so on standard error. A
 * reader that stopped reading (`| head`) ends the command quietly; a result that was lost in
 * another way is a failure.
 */
export const onLostOutput = (lost: () => void): void => {
  let isLost = false
  process.stderr.on("error", () => undefined)
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE" || isLost) return
    isLost = true
    lost()
    process.stderr.write(
      `clawdbot: standard output cannot be written (${error.code ?? error.name})\n`
    )
  })
}
