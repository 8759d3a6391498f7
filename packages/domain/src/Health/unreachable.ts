/** What to do where no response came at all. A file of its own: commands load it at every start. */

/** The command that finds out why. */
export const findUnreachable = "clawdbot doctor --network"
