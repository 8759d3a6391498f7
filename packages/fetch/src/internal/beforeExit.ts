/** What has to be done before a program ends by itself; one listener for all of it. */

type Close = () => Promise<void>

const waiting = new Set<Close>()

const closeAll = (): void => {
  for (const close of waiting) void close()
}

/** Runs `close` at the end of the program, unless the function that is given back was called. */
export const beforeExit = (close: Close): (() => void) => {
  if (waiting.size === 0) process.on("beforeExit", closeAll)
  waiting.add(close)
  return () => {
    waiting.delete(close)
    if (waiting.size === 0) process.off("beforeExit", closeAll)
  }
}
