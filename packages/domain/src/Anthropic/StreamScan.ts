/**
 * Looks over a server-sent event stream while its bytes pass, without touching them (decisions D14,
 * D28): where content begins, whether an error event comes, whether `message_stop` was seen. Lines
 * may be split anywhere between chunks. Only the lines that can matter are kept and become text
 * (the events' names, and the data of an error or of the tokens used), so memory does not grow with
 * the stream.
 */
import { decode } from "./utf8.ts"

/**
 * What a stream showed. `Content`: the first block, or an event this version does not know;
 * `Usage`: the data of an event that tells of tokens, as JSON text; `Stop`: the answer is whole.
 */
export type StreamSign =
  | { readonly _tag: "Content" }
  | { readonly _tag: "Usage"; readonly data: string }
  | { readonly _tag: "Stop" }
  | { readonly _tag: "Error"; readonly data: string }

const newline = 0x0a
const carriageReturn = 0x0d
/** The first bytes of `event: …` and `data: …`. */
const letterE = 0x65
const letterD = 0x64
/** How a line begins that names an event. */
const eventKey = [0x65, 0x76, 0x65, 0x6e, 0x74, 0x3a]
/**
 * The longest line that names an event which matters once content began, `event: message_delta`
 * with a carriage return, in bytes.
 */
const longestSign = 21
/** Any event that does not. */
const other = "content"
/** Events that may come before content and are none. */
const preamble: ReadonlySet<string> = new Set(["message_start", "ping"])
/** Events whose data tells how many tokens were used. */
const accounts: ReadonlySet<string> = new Set(["message_start", "message_delta"])
/** The longest line that is kept, in bytes; an error of the provider has a few hundred. */
const longestLine = 64 * 1024

const field = (line: string, name: string): string | undefined => {
  if (!line.startsWith(name) || line[name.length] !== ":") return undefined
  const value = line.slice(name.length + 1)
  return value.startsWith(" ") ? value.slice(1) : value
}

const join = (one: Uint8Array, other: Uint8Array): Uint8Array => {
  const joined = new Uint8Array(one.length + other.length)
  joined.set(one)
  joined.set(other, one.length)
  return joined
}

/**
 * The end of the line that starts at `start`, or -1. Most lines are short: looking at their bytes
 * here is faster than a call.
 */
const lineEnd = (chunk: Uint8Array, start: number): number => {
  const near = Math.min(chunk.length, start + 256)
  for (let index = start; index < near; index++) if (chunk[index] === newline) return index
  return near === chunk.length ? -1 : chunk.indexOf(newline, near)
}

const namesEvent = (chunk: Uint8Array, start: number): boolean =>
  eventKey.every((byte, offset) => chunk[start + offset] === byte)

/** The scanner of one stream. */
export class StreamScan {
  /** The begun line, as far as it came; undefined at the start of a line. */
  private rest: Uint8Array | undefined
  /** Whether the begun line is passed over up to its end. */
  private skipping = false
  private event = ""
  private data = ""
  private content = false

  /** The signs in the next bytes, in order. */
  push(chunk: Uint8Array): ReadonlyArray<StreamSign> {
    const signs: Array<StreamSign> = []
    let start = 0
    while (start < chunk.length) {
      const end = lineEnd(chunk, start)
      if (end < 0) {
        this.begin(chunk.subarray(start))
        break
      }
      const first = chunk[start]
      if (this.skipping) this.skipping = false
      else if (this.rest !== undefined)
        this.line(join(this.rest, chunk.subarray(start, end)), signs)
      else if (this.content && end - start > longestSign && namesEvent(chunk, start))
        this.event = other
      // Most lines cannot matter, and are not worth a view of their own.
      else if (start === end || first === carriageReturn || this.matters(first)) {
        this.line(chunk.subarray(start, end), signs)
      }
      this.rest = undefined
      start = end + 1
    }
    return signs
  }

  /** A piece of a line whose end has not come. */
  private begin(part: Uint8Array): void {
    if (this.skipping) return
    // A copy: the chunk's memory belongs to the socket.
    const rest = this.rest === undefined ? new Uint8Array(part) : join(this.rest, part)
    if (rest.length === 0) return
    this.skipping =
      !(this.matters(rest[0]) || rest[0] === carriageReturn) || rest.length > longestLine
    this.rest = this.skipping ? undefined : rest
  }

  private matters(first: number | undefined): boolean {
    return (
      first === letterE ||
      (first === letterD && (this.event === "error" || accounts.has(this.event)))
    )
  }

  private line(bytes: Uint8Array, signs: Array<StreamSign>): void {
    const line = bytes[bytes.length - 1] === carriageReturn ? bytes.subarray(0, -1) : bytes
    if (line.length === 0) this.end(signs)
    else if (this.matters(line[0])) {
      const text = decode(line)
      const data = field(text, "data")
      if (data === undefined) this.event = field(text, "event") ?? this.event
      else if (this.data.length < longestLine) this.data += this.data === "" ? data : `\n${data}`
    }
  }

  private end(signs: Array<StreamSign>): void {
    const { data, event } = this
    this.event = ""
    this.data = ""
    if (event === "") return
    if (event === "error") signs.push({ _tag: "Error", data })
    else if (event === "message_stop") signs.push({ _tag: "Stop" })
    else if (accounts.has(event)) signs.push({ _tag: "Usage", data })
    if (event === "error" || event === "message_stop") return
    if (!this.content && !preamble.has(event)) {
      this.content = true
      signs.push({ _tag: "Content" })
    }
  }
}
