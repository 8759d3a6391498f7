/** The file descriptors this process may have: every connection takes one. */
import { FileSystem } from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"

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
export const descriptors: Effect.Effect<Descriptors | undefined, never, FileSystem> = Effect.gen(
  function* () {
    const files = yield* FileSystem
    const limits = yield* files.readFileString("/proc/self/limits")
    const limit = Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1])
    const used = (yield* files.readDirectory("/proc/self/fd")).length
    if (Number.isFinite(limit)) return { limit, used }
    return undefined
  }
).pipe(Effect.orElseSucceed(() => undefined))

/**
 * How many clients can be served at a time when each needs a connection of its own to the provider.
 * More of them would take the descriptors that the others' requests need, and nobody would be
 * answered.
 */
export const maxClients = ({ limit, used }: Descriptors): number =>
  Math.max(1, Math.floor((limit - used - reserve) / 2))
