/**
 * Collects the chunks of bodies and answers that have passed. Each is memory outside of V8's heap,
 * behind an object of a hundred bytes: V8 counts the objects, and lets a hundred megabytes of
 * chunks gather before it collects them. The C library, which they come from, keeps what it once
 * had to have. A collection of young objects frees nearly all of them, in about a millisecond.
 */
import * as v8 from "node:v8"
import { runInNewContext } from "node:vm"

/**
 * One collection for so many bytes that have passed. A body of many chunks is copied into one
 * piece, so these are 32 MB of memory: V8 collects for them by itself then, and more collections
 * cost a tenth of such a request's time.
 */
const everyBytes = 16 * 1024 * 1024

/** Collects young objects; nothing where this engine cannot be asked to. */
const collector = (): (() => void) => {
  v8.setFlagsFromString("--expose-gc")
  const gc: unknown = runInNewContext("gc")
  if (typeof gc === "function") return () => gc({ type: "minor" })
  return () => undefined
}

/** The chunks of one process. */
export class ChunkRelief {
  private bytes = 0
  private readonly everyBytes: number
  private collect: (() => void) | undefined

  /** `collect` collects young objects. Default: asks the engine to, once that is needed. */
  constructor(collect?: () => void, every = everyBytes) {
    this.collect = collect
    this.everyBytes = every
  }

  /** A chunk of so many bytes has passed. */
  readonly passed = (bytes: number): void => {
    this.bytes += bytes
    if (this.bytes < this.everyBytes) return
    this.bytes = 0
    this.collect ??= collector()
    this.collect()
  }
}
