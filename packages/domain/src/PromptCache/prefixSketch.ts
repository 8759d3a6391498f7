/**
 * What of a request the provider's prompt cache depends on, as checksums: the elements of its
 * prefix in the order in which the provider reads them (tools, system, messages), each chained to
 * those before it, its breakpoints, and the parameters that count. No byte of the body is kept.
 * Breakpoints are no part of what is compared: clients move them with every request. Pure.
 */
import type { Beginning, Element, Parameters, PrefixBody, Section } from "./PrefixBody.ts"
import { Reading } from "./PrefixReading.ts"

/** A breakpoint: how many elements are before it, and the lifetime that it names. */
export interface Breakpoint {
  readonly covers: number
  readonly ttl: string | undefined
}

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
  readonly parameters: Parameters
  /** A checksum of the first message alone: the same in every request of a conversation. */
  readonly opening: number
  /** Which part of the prefix's bytes is before the last breakpoint, 0 to 1. */
  readonly share: number
  /** What the conversation's next request may share with it. */
  readonly beginning: Beginning | undefined
}

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

/**
 * The sketch of a body; undefined where it is no JSON object. `betas` is a checksum of the header's
 * text; what is shared with `before` is not read again.
 */
export const sketch = (
  body: PrefixBody,
  betas?: number,
  before?: Beginning
): PrefixSketch | undefined => {
  const reading = new Reading(body, before)
  if (reading.read() < 0) return undefined
  const beginning = reading.shared()
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
    share: sum(all.slice(0, last)) / Math.max(1, sum(all)),
    beginning
  }
}
