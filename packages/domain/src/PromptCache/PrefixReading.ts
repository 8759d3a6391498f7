/**
 * Reads the body of a request for what its prefix consists of: elements with their checksums,
 * breakpoints and parameters. A body that begins like one that was read before is read on from
 * there, for a conversation comes again and again, a little longer each time. Pure.
 */
import {
  comma,
  elements,
  elementsFrom,
  members,
  membersAfter,
  openBrace,
  openBracket,
  skipBlanks,
  skipValue,
  text
} from "../Anthropic/jsonBytes.ts"
import {
  type Beginning,
  type Element,
  type Marked,
  type ParameterName,
  type Parameters,
  type PrefixBody,
  parameterNames,
  type Section
} from "./PrefixBody.ts"

/** How much of everything stands before a message. */
interface Mark {
  readonly end: number
  readonly position: number
  readonly tools: number
  readonly system: number
  readonly messages: number
  readonly marked: number
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

const empty: Omit<Beginning, "end" | "position"> = {
  checksum: 0,
  sections: { tools: [], system: [], messages: [] },
  marked: [],
  parameters: {}
}

/** Whether a body begins with the same bytes. */
const beginsWith = ({ bytes, checksum, key }: PrefixBody, before: Beginning): boolean =>
  before.end < bytes.length && checksum(0, before.end, key) === before.checksum

/** The reading of one body. */
export class Reading {
  readonly sections: Readonly<Record<Section, Array<Element>>>
  readonly marked: Array<Marked>
  readonly parameters: Partial<Record<ParameterName, number>>
  automatic: { readonly ttl: string | undefined } | undefined
  private readonly marks: Array<number> = []
  private readonly body: PrefixBody
  private readonly known: Beginning | undefined
  /** The parameters before the messages. */
  private parametersBefore: Parameters
  /** What stands before the first message with a breakpoint, or before the last message. */
  private beginning: Mark | undefined
  private isBeginningOver = false

  /** `before` is the beginning of another body; what this one shares with it is not read again. */
  constructor(body: PrefixBody, before?: Beginning) {
    this.body = body
    this.known = before !== undefined && beginsWith(body, before) ? before : undefined
    const { marked, parameters, sections } = this.known ?? empty
    const { messages, system, tools } = sections
    this.sections = { tools: [...tools], system: [...system], messages: [...messages] }
    this.marked = [...marked]
    this.parameters = { ...parameters }
    this.parametersBefore = parameters
    const from = this.known?.end ?? 0
    for (let at = body.nextMark(from); at >= 0 && this.marks.length <= maxMarks; )
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
    let sum = (seed ^ this.body.key) >>> 0
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

  private readonly message = (message: number, at: number): number => {
    const { messages, system, tools } = this.sections
    const before = this.marked.length
    if (!this.isBeginningOver)
      this.beginning = {
        end: at,
        position: message,
        tools: tools.length,
        system: system.length,
        messages: messages.length,
        marked: before
      }
    const end = this.messageParts(at, message)
    if (this.marked.length > before) this.isBeginningOver = true
    return end
  }

  private messageParts(at: number, message: number): number {
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

  private readonly member = (key: string | undefined, start: number): number => {
    const { bytes, checksum } = this.body
    if (key === "tools" || key === "system") return this.list(key, start)
    if (key === "messages") {
      this.parametersBefore = { ...this.parameters }
      return elements(bytes, start, this.message)
    }
    const end = skipValue(bytes, start)
    if (end < 0 || key === undefined) return end
    if (key === "cache_control" && bytes[start] === openBrace)
      this.automatic = { ttl: ttlIn(bytes, start) }
    else if (isParameter(key)) this.parameters[key] = checksum(start, end, this.body.key)
    return end
  }

  /** Reads the body; gives the position after it, -1 where it is no JSON. */
  read(): number {
    const { bytes } = this.body
    if (this.known === undefined) return members(bytes, skipBlanks(bytes, 0), this.member, wanted)
    const end = elementsFrom(bytes, this.known.end, this.known.position, this.message)
    if (end < 0) return -1
    return membersAfter(bytes, end, this.member, wanted)
  }

  /**
   * What another body may share with this one; undefined where that is nothing, or where a
   * parameter stands before it that is not kept.
   */
  shared(): Beginning | undefined {
    const { beginning, known, sections } = this
    if (beginning === undefined || this.automatic !== undefined) return undefined
    const { end, marked, messages, position, system, tools } = beginning
    const { checksum, key } = this.body
    return {
      end,
      position,
      checksum: checksum(known?.end ?? 0, end, known?.checksum ?? key),
      sections: {
        tools: sections.tools.slice(0, tools),
        system: sections.system.slice(0, system),
        messages: sections.messages.slice(0, messages)
      },
      marked: this.marked.slice(0, marked),
      parameters: this.parametersBefore
    }
  }
}
