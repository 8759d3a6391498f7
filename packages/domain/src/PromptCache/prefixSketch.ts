/**
 * What of a request the provider's prompt cache depends on, as checksums: the elements of its
 * prefix in the order in which the provider reads them (tools, system, messages), each chained to
 * those before it, its breakpoints, and the parameters that count. No byte of the body is kept.
 * Breakpoints are no part of what is compared: clients move them with every request. Pure.
 */
import {
  comma,
  elements,
  members,
  openBrace,
  openBracket,
  skipBlanks,
  skipValue,
  text
} from "../Anthropic/jsonBytes.ts"

/** A body, and what its reader does with it natively. */
export interface PrefixBody {
  readonly bytes: Uint8Array
  /** A keyed checksum of 32 bits of the bytes between two positions, continued from another one. */
  readonly checksum: (start: number, end: number, before: number) => number
  /** Where `"cache_control"` stands next, quotes included; -1 where it does not. */
  readonly nextMark: (from: number) => number
}

/** A breakpoint: how many elements are before it, and the lifetime that it names. */
export interface Breakpoint {
  readonly covers: number
  readonly ttl: string | undefined
}

/** The parameters that count, besides the model. */
export const parameterNames = [
  "thinking",
  "tool_choice",
  "output_config",
  "speed",
  "anthropic-beta"
] as const

/** One of them. */
export type ParameterName = (typeof parameterNames)[number]

/** What was found in one body. */
export interface PrefixSketch {
  /** A checksum of each element and all before it. */
  readonly chain: Float64Array
  readonly tools: number
  readonly system: number
  /** Where an element stands in the body, as `messages[12].content[0]`. */
  readonly placeOf: (index: number) => string
  /** In order. */
  readonly breakpoints: ReadonlyArray<Breakpoint>
  /** A checksum of each parameter that is given. */
  readonly parameters: Readonly<Partial<Record<ParameterName, number>>>
  /** A checksum of the first message alone: the same in every request of a conversation. */
  readonly opening: number
  /** Which part of the prefix's bytes is before the last breakpoint, 0 to 1. */
  readonly share: number
}

interface Element {
  readonly checksum: number
  readonly bytes: number
  readonly message: number
  readonly block: number
}

interface Cut {
  readonly from: number
  readonly to: number
}

/** With more of them, every element is looked into. */
const maxMarks = 64

const inBlock = ["cache_control", "content"]
const inMessage = ["role", "content"]
const ttlName = ["ttl"]
const wanted = ["tools", "system", "messages", "cache_control", ...parameterNames]

const isParameter = (key: string): key is ParameterName =>
  parameterNames.some((name) => name === key)

const ttlIn = (bytes: Uint8Array, at: number): string | undefined => {
  let ttl: string | undefined
  members(
    bytes,
    at,
    (key, start) => {
      const end = skipValue(bytes, start)
      if (key === "ttl" && end >= 0) ttl = text(bytes, start, end)
      return end
    },
    ttlName
  )
  return ttl
}

/** The reading of one body. */
class Reading {
  readonly sections: Readonly<Record<"tools" | "system" | "messages", Array<Element>>> = {
    tools: [],
    system: [],
    messages: []
  }
  readonly marked: Array<{ readonly section: Section; readonly ordinal: number; ttl?: string }> = []
  readonly parameters: Partial<Record<ParameterName, number>> = {}
  automatic: { readonly ttl: string | undefined } | undefined
  private readonly marks: Array<number> = []
  private readonly body: PrefixBody

  constructor(body: PrefixBody) {
    this.body = body
    for (let at = body.nextMark(0); at >= 0 && this.marks.length <= maxMarks; )
      at = body.nextMark(this.marks.push(at) > 0 ? at + 1 : at)
  }

  private mayHaveMark(start: number, end: number): boolean {
    return this.marks.length > maxMarks || this.marks.some((at) => at > start && at < end)
  }

  /** The parts of a block that are its breakpoints. */
  private cutsIn(at: number, section: Section, cuts: Array<Cut>): number {
    const { bytes } = this.body
    if (bytes[at] !== openBrace) return skipValue(bytes, at)
    const first = skipBlanks(bytes, at + 1)
    let before = first
    return members(
      bytes,
      at,
      (key, start) => {
        if (key === "content" && bytes[start] === openBracket) {
          before = elements(bytes, start, (_, inner) => this.cutsIn(inner, section, cuts))
          return before
        }
        const end = skipValue(bytes, start)
        if (key === "cache_control" && end >= 0) {
          this.noteMark(section, start)
          const next = skipBlanks(bytes, end)
          const isFollowed = before === first && bytes[next] === comma
          cuts.push({ from: before, to: isFollowed ? skipBlanks(bytes, next + 1) : end })
        }
        before = end
        return end
      },
      inBlock
    )
  }

  private noteMark(section: Section, at: number): void {
    if (this.body.bytes[at] !== openBrace) return
    const ttl = ttlIn(this.body.bytes, at)
    const ordinal = this.sections[section].length
    this.marked.push(ttl === undefined ? { section, ordinal } : { section, ordinal, ttl })
  }

  private element(section: Section, at: number, seed: number, message: number, block: number) {
    const { bytes, checksum } = this.body
    const end = skipValue(bytes, at)
    if (end < 0) return -1
    let sum = seed
    let from = at
    if (this.mayHaveMark(at, end)) {
      const cuts: Array<Cut> = []
      this.cutsIn(at, section, cuts)
      for (const cut of cuts) {
        sum = checksum(from, cut.from, sum)
        from = cut.to
      }
    }
    sum = checksum(from, end, sum)
    this.sections[section].push({ checksum: sum, bytes: end - at, message, block })
    return end
  }

  private list(section: "tools" | "system", at: number): number {
    if (this.body.bytes[at] !== openBracket) return this.element(section, at, 0, 0, -1)
    return elements(this.body.bytes, at, (position, start) =>
      this.element(section, start, 0, 0, position)
    )
  }

  private message(at: number, message: number): number {
    const { bytes } = this.body
    if (bytes[at] !== openBrace) return this.element("messages", at, 0, message, -1)
    let role = 0
    return members(
      bytes,
      at,
      (key, start) => {
        // The first letter of a role tells it from the others.
        if (key === "role") role = bytes[start + 1] ?? 0
        if (key !== "content") return skipValue(bytes, start)
        if (bytes[start] !== openBracket) return this.element("messages", start, role, message, -1)
        return elements(bytes, start, (block, inner) =>
          this.element("messages", inner, role, message, block)
        )
      },
      inMessage
    )
  }

  /** Reads the body; gives the position after it, -1 where it is no JSON. */
  read(): number {
    const { bytes, checksum } = this.body
    const visit = (key: string | undefined, start: number): number => {
      if (key === "tools" || key === "system") return this.list(key, start)
      if (key === "messages")
        return elements(bytes, start, (position, inner) => this.message(inner, position))
      const end = skipValue(bytes, start)
      if (end < 0 || key === undefined) return end
      if (key === "cache_control" && bytes[start] === openBrace)
        this.automatic = { ttl: ttlIn(bytes, start) }
      else if (isParameter(key)) this.parameters[key] = checksum(start, end, 0)
      return end
    }
    return members(bytes, skipBlanks(bytes, 0), visit, wanted)
  }
}

type Section = "tools" | "system" | "messages"

const mixed = (lane: number, value: number): number => {
  const once = Math.imul(lane ^ value, 0x9e3779b1)
  const twice = Math.imul(once ^ (once >>> 15), 0x85ebca6b)
  return twice ^ (twice >>> 13)
}

/** Each element with all before it, in 53 bits: what a number holds exactly. */
const chained = (all: ReadonlyArray<Element>): Float64Array => {
  const chain = new Float64Array(all.length)
  let [one, other] = [1, 2]
  let index = 0
  for (const { checksum, message } of all) {
    one = mixed(one, checksum)
    other = mixed(other ^ message, checksum + 0x27d4eb2f)
    chain[index] = (one >>> 0) * 0x200000 + (other >>> 11)
    index += 1
  }
  return chain
}

const placeIn = (section: Section, { block, message }: Element): string => {
  if (section === "messages")
    return block < 0 ? `messages[${message}].content` : `messages[${message}].content[${block}]`
  return block < 0 ? section : `${section}[${block}]`
}

const sum = (all: ReadonlyArray<Element>): number =>
  all.reduce((total, { bytes }) => total + bytes, 0)

/** The sketch of a body; undefined where it is no JSON object. `betas` is the header's text. */
export const sketch = (body: PrefixBody, betas?: number): PrefixSketch | undefined => {
  const reading = new Reading(body)
  if (reading.read() < 0) return undefined
  const { automatic, marked, parameters, sections } = reading
  const { messages, system, tools } = sections
  if (betas !== undefined) parameters["anthropic-beta"] = betas
  const all = [...tools, ...system, ...messages]
  const starts = { tools: 0, system: tools.length, messages: tools.length + system.length }
  const breakpoints: Array<Breakpoint> = marked
    .map(({ ordinal, section, ttl }) => ({ covers: starts[section] + ordinal + 1, ttl }))
    .sort((one, other) => one.covers - other.covers)
  if (automatic !== undefined) breakpoints.push({ covers: all.length, ttl: automatic.ttl })
  const sectionAt = (index: number): Section => {
    if (index < starts.system) return "tools"
    return index < starts.messages ? "system" : "messages"
  }
  const last = breakpoints.at(-1)?.covers ?? 0
  return {
    chain: chained(all),
    tools: tools.length,
    system: system.length,
    placeOf: (index) => {
      const element = all[index]
      return element === undefined ? "the end of messages" : placeIn(sectionAt(index), element)
    },
    breakpoints,
    parameters,
    opening: messages[0]?.checksum ?? 0,
    share: sum(all.slice(0, last)) / Math.max(1, sum(all))
  }
}
