/**
 * What is remembered of the prefix of a request that was answered, to say later whether another one
 * built on it: checksums of at most {@link maxMarks} elements, and no text. Pure.
 */
import * as Usage from "../Usage/Usage.ts"
import type { Parameters } from "./PrefixBody.ts"
import type { PrefixSketch } from "./prefixSketch.ts"

/** So many elements are remembered: all, or of more the first and the last ones. */
export const maxMarks = 256

const half = maxMarks / 2

/** One prefix. Epoch ms, tokens. */
export interface RememberedPrefix {
  readonly model: string
  readonly profile: string
  /** When its request came: reading and writing both begin the lifetime anew. */
  readonly startedAt: number
  /** When its answer began: what it wrote can be read from then on. */
  readonly readableAt: number
  /** How long the shortest-lived part of it lives. */
  readonly ttlMs: number
  /** Elements up to its last breakpoint. */
  readonly covers: number
  readonly tools: number
  readonly system: number
  readonly marks: Float64Array
  readonly parameters: Parameters
  /** What the answer read and wrote. */
  readonly cached: number
}

/** Which element a mark is of. */
const indexOf = (mark: number, covers: number): number => {
  if (covers <= maxMarks || mark < half) return mark
  return covers - maxMarks + mark
}

/** The marks of a sketch up to its last breakpoint. */
const marksOf = ({ chain }: PrefixSketch, covers: number): Float64Array =>
  Float64Array.from(
    { length: Math.min(covers, maxMarks) },
    (_, mark) => chain[indexOf(mark, covers)] ?? Number.NaN
  )

/** One request that was answered. Epoch ms. */
export interface AnsweredPrefix {
  readonly model: string
  readonly profile: string
  readonly startedAt: number
  /** The client got this status. */
  readonly status: number
  readonly usage: Usage.Usage
  readonly sketch: PrefixSketch
  /** Why another credential answered than before, where one failed. */
  readonly movedBecause?: string | undefined
}

const minute = 60_000

/** The shortest lifetime of its breakpoints, in ms. */
const ttlOf = ({ breakpoints }: PrefixSketch): number =>
  breakpoints.every(({ ttl }) => ttl === "1h") ? 60 * minute : 5 * minute

/** What is remembered of a request; its answer began at `readableAt`, in epoch ms. */
export const rememberedOf = (
  { model, profile, sketch, startedAt, usage }: AnsweredPrefix,
  readableAt: number
): RememberedPrefix => {
  const covers = sketch.breakpoints.at(-1)?.covers ?? 0
  return {
    model,
    profile,
    startedAt,
    readableAt,
    ttlMs: ttlOf(sketch),
    covers,
    tools: sketch.tools,
    system: sketch.system,
    marks: marksOf(sketch, covers),
    parameters: sketch.parameters,
    cached: usage.cacheRead + Usage.cacheWrites(usage)
  }
}

/** How far a request has the same prefix. */
export interface Comparison {
  /** Elements that are known to be the same. */
  readonly shared: number
  /** The first element that differs, or one before it; undefined where it has the whole prefix. */
  readonly changedAt: number | undefined
  /** Whether it is that element, and not one of several. */
  readonly isExact: boolean
}

/** Compares a request with a prefix. */
export const compare = ({ covers, marks }: RememberedPrefix, sketch: PrefixSketch): Comparison => {
  let shared = 0
  for (let mark = 0; mark < marks.length; mark++) {
    const index = indexOf(mark, covers)
    if (sketch.chain[index] !== marks[mark])
      return { shared, changedAt: shared, isExact: index === shared }
    shared = index + 1
  }
  return { shared, changedAt: undefined, isExact: true }
}
