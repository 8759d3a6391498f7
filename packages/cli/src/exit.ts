/** Every exit status of the command, in one table (decision D23). */
export const exit = {
  done: 0,
  failed: 1,
  usage: 2,
  /** No credential is available now: all are cooling down (decision D41). */
  unavailable: 3,
  /** Nothing is configured that could be used. */
  notConfigured: 4,
  /** A person must sign in again, or store a new token. */
  signInRequired: 5,
  interrupted: 130,
  /**
   * A gateway that was told to stop, and had to cut requests off: what a program that SIGTERM ended
   * counts as.
   */
  terminated: 143,
  /** With `models status --check`. */
  checkMissing: 1,
  checkExpiring: 2,
  checkCooling: 3,
  checkUsage: 64
} as const
