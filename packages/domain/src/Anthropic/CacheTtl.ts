/**
 * `cacheControlTtl` (decisions S4 and D27; docs/provider.md): gives the prompt-cache
 * breakpoints that name no lifetime the configured one, by inserting a few bytes and touching no
 * other. Only the places where the provider knows breakpoints are looked at; a `cache_control`
 * inside a tool's input or schema is the person's data.
 *
 * A request is left alone when it has more breakpoints than the provider takes, when a five-minute
 * one would then stand before an hour's, and when a key stands twice in one object: what such a
 * text means is not ours to decide.
 */
import {
  elements,
  members,
  openBrace,
  openBracket,
  skipBlanks,
  skipValue,
  text
} from "./jsonBytes.ts"

/** How long the provider keeps an entry. */
export type Ttl = "5m" | "1h"

/**
 * What became of a body. `unchanged`: nothing to do; `left alone`: there was, but the request would
 * have become worse.
 */
export type Spliced =
  | { readonly _tag: "Spliced"; readonly body: Uint8Array; readonly insertions: number }
  | { readonly _tag: "Unchanged" }
  | {
      readonly _tag: "LeftAlone"
      readonly reason: "order" | "too many breakpoints" | "doubled key"
    }

/** The provider takes no more (the automatic one included). */
const maxBreakpoints = 4

interface Breakpoint {
  /**
   * Where it stands in the order in which the provider reads: tools, system, messages, then the
   * automatic one.
   */
  readonly rank: ReadonlyArray<number>
  /** What it names: a lifetime, something else, or nothing. */
  readonly ttl: string | undefined
  /**
   * Where an insertion goes, right after the opening brace; undefined when it has a `ttl` already.
   */
  readonly insertAt: number | undefined
}

/**
 * What may stand at a place: members that are looked into, or elements of one shape. Everything
 * else is skipped.
 */
type Shape =
  | {
      readonly _tag: "Object"
      readonly members: Readonly<Record<string, { readonly rank: number; readonly of: Shape }>>
    }
  | { readonly _tag: "List"; readonly of: Shape }
  | { readonly _tag: "CacheControl" }

const cacheControl: Shape = { _tag: "CacheControl" }
const list = (of: Shape): Shape => ({ _tag: "List", of })
const marked = {
  _tag: "Object",
  members: { cache_control: { rank: 1, of: cacheControl } }
} as const
/** Blocks inside a block come before the block's own mark: the mark covers the whole block. */
const block: Shape = {
  _tag: "Object",
  members: { content: { rank: 0, of: list(marked) }, cache_control: { rank: 1, of: cacheControl } }
}
const message: Shape = { _tag: "Object", members: { content: { rank: 0, of: list(block) } } }
const request: Shape = {
  _tag: "Object",
  members: {
    tools: { rank: 0, of: list(marked) },
    system: { rank: 1, of: list(marked) },
    messages: { rank: 2, of: list(message) },
    cache_control: { rank: 3, of: cacheControl }
  }
}

interface Survey {
  readonly breakpoints: Array<Breakpoint>
  doubled: boolean
}

const readBreakpoint = (
  body: Uint8Array,
  at: number,
  rank: ReadonlyArray<number>,
  survey: Survey
): number => {
  if (body[at] !== openBrace) return skipValue(body, at)
  let type: string | undefined
  let ttl: string | undefined
  let hasTtl = false
  const keys = new Set<string | undefined>()
  const end = members(body, at, (key, start) => {
    const after = skipValue(body, start)
    if (keys.has(key)) survey.doubled = true
    keys.add(key)
    if (after >= 0 && key === "type") type = text(body, start, after)
    if (after >= 0 && key === "ttl") {
      hasTtl = true
      ttl = text(body, start, after)
    }
    return after
  })
  if (end >= 0 && type === "ephemeral") {
    survey.breakpoints.push({ rank, ttl, insertAt: hasTtl ? undefined : at + 1 })
  }
  return end
}

const walk = (
  body: Uint8Array,
  at: number,
  shape: Shape,
  rank: ReadonlyArray<number>,
  survey: Survey
): number => {
  switch (shape._tag) {
    case "CacheControl":
      return readBreakpoint(body, at, rank, survey)
    case "List":
      if (body[at] === openBracket)
        return elements(body, at, (position, start) =>
          walk(body, start, shape.of, [...rank, position], survey)
        )
      return skipValue(body, at)
    case "Object": {
      if (body[at] !== openBrace) return skipValue(body, at)
      const seen = new Set<string>()
      return members(body, at, (key, start) => {
        const member =
          key === undefined || !Object.hasOwn(shape.members, key) ? undefined : shape.members[key]
        if (member === undefined || key === undefined) return skipValue(body, start)
        if (seen.has(key)) survey.doubled = true
        seen.add(key)
        return walk(body, start, member.of, [...rank, member.rank], survey)
      })
    }
  }
}

const byRank = (left: Breakpoint, right: Breakpoint): number => {
  for (let index = 0; index < left.rank.length && index < right.rank.length; index++) {
    const difference = (left.rank[index] ?? 0) - (right.rank[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

/**
 * Whether an hour's breakpoint would stand after one of five minutes, which the provider refuses.
 */
const isMisordered = (breakpoints: ReadonlyArray<Breakpoint>, ttl: Ttl): boolean => {
  let short = false
  for (const breakpoint of [...breakpoints].sort(byRank)) {
    const lifetime = breakpoint.insertAt === undefined ? (breakpoint.ttl ?? "5m") : ttl
    if (lifetime === "1h" && short) return true
    short = short || lifetime === "5m"
  }
  return false
}

const ascii = (characters: string): Uint8Array =>
  Uint8Array.from(characters, (character) => character.charCodeAt(0))

const insert = (body: Uint8Array, places: ReadonlyArray<number>, ttl: Ttl): Uint8Array => {
  // A breakpoint always has its `type`, so a comma always follows.
  const added = ascii(`"ttl":"${ttl}",`)
  const result = new Uint8Array(body.length + places.length * added.length)
  let from = 0
  let to = 0
  for (const place of places) {
    result.set(body.subarray(from, place), to)
    to += place - from
    from = place
    result.set(added, to)
    to += added.length
  }
  result.set(body.subarray(from), to)
  return result
}

/**
 * Gives the breakpoints of a Messages request that name no lifetime the given one. A body that is
 * not JSON stays as it is.
 */
export const splice = (body: Uint8Array, ttl: Ttl): Spliced => {
  const survey: Survey = { breakpoints: [], doubled: false }
  const start = skipBlanks(body, 0)
  const end = walk(body, start, request, [], survey)
  if (body[start] !== openBrace || end < 0 || skipBlanks(body, end) !== body.length)
    return { _tag: "Unchanged" }
  const places = survey.breakpoints
    .flatMap(({ insertAt }) => (insertAt === undefined ? [] : [insertAt]))
    .sort((left, right) => left - right)
  if (places.length === 0) return { _tag: "Unchanged" }
  if (survey.doubled) return { _tag: "LeftAlone", reason: "doubled key" }
  if (survey.breakpoints.length > maxBreakpoints)
    return { _tag: "LeftAlone", reason: "too many breakpoints" }
  if (isMisordered(survey.breakpoints, ttl)) return { _tag: "LeftAlone", reason: "order" }
  return { _tag: "Spliced", body: insert(body, places, ttl), insertions: places.length }
}
