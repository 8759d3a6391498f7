/** The file descriptors this process may have: every connection takes one. */
import * as fs from "node:fs/promises"

/** How many there may be, and how many there are. */
export interface Descriptors {
  readonly limit: number
  readonly used: number
}

/**
 * Descriptors kept back for files that are written meanwhile, and for other programs that are
 * started.
 */
const reserve = 12

/** What the system allows this process; undefined where it does not tell, or sets no limit. */
export const descriptors = async (): Promise<Descriptors | undefined> => {
  try {
    const limits = await fs.readFile("/proc/self/limits", "utf8")
    const limit = Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1])
    const used = (await fs.readdir("/proc/self/fd")).length
    if (Number.isFinite(limit)) return { limit, used }
    return undefined
  } catch {
    return undefined
  }
}

/**
 * How many clients can be served at a time when each needs a connection of its own to the provider.
 * More of them would take the descriptors that the others' requests need, and nobody would be
 * answered.
 */
export const mostClients = ({ limit, used }: Descriptors): number =>
  Math.max(1, Math.floor((limit - used - reserve) / 2))
