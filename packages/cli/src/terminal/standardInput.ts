/**
 * Standard input, opened when it is first asked for: Node makes a stream of it, with what it loads
 * for that, as soon as it is looked at.
 */

let isOpen = false

/** The stream. Whoever reads from it or asks whether it is a terminal asks here. */
export const standardInput = (): NodeJS.ReadStream & { readonly fd: 0 } => {
  isOpen = true
  return process.stdin
}

/** Lets the process end, whatever is still to come from a pipe that was opened and not read. */
export const releaseStandardInput = (): void => {
  if (!isOpen) return
  process.stdin.unref?.()
  process.stdin.pause()
}
