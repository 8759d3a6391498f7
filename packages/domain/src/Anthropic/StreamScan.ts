/**
 * Looks over a server-sent event stream while its bytes pass, without touching them (decisions D14,
 * D28): where content begins, whether an error event comes, whether `message_stop` was seen. Reads
 * lines and events as the standard of event streams has them: a line ends with LF, CR or both, a
 * byte order mark may stand first, an event has data and ends with an empty line.
 *
 * What is found and what it costs does not depend on how the bytes are cut: every byte is looked at
 * once, and of a line no more is kept than {@link maxData} bytes, most lines not at all.
 */
import { GrowingBytes } from "./GrowingBytes.ts"
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
/** How a line begins that names an event, and one that has data. */
const eventKey = [0x65, 0x76, 0x65, 0x6e, 0x74, 0x3a]
const dataKey = [0x64, 0x61, 0x74, 0x61, 0x3a]
const byteOrderMark = [0xef, 0xbb, 0xbf]
/**
 * The longest line that names an event which matters once content began, `event: message_delta`, in
 * bytes.
 */
const maxEventLine = 20
/** Of a line that names an event so much is kept: more than the longest name that matters has. */
const maxName = 80
/**
 * So much of a line's data is kept, in bytes; an error of the provider has a few hundred. What is
 * longer is cut there.
 */
export const maxData = 64 * 1024
/** Any event that does not matter once content began. */
const other = "content"
/** Events that may come before content and are none. */
const preamble: ReadonlySet<string> = new Set(["message_start", "ping"])
/** Events whose data tells how many tokens were used. */
const accounts: ReadonlySet<string> = new Set(["message_start", "message_delta"])

/** The value of a line with this field; undefined where it has another one. */
const field = (line: string, name: string): string | undefined => {
  if (!line.startsWith(name)) return undefined
  if (line.length === name.length) return ""
  if (line[name.length] !== ":") return undefined
  return line.slice(name.length + (line[name.length + 1] === " " ? 2 : 1))
}

const begins = (chunk: Uint8Array, start: number, key: ReadonlyArray<number>): boolean => {
  for (let offset = 0; offset < key.length; offset++)
    if (chunk[start + offset] !== key[offset]) return false
  return true
}

/** The scanner of one stream. */
export class StreamScan {
  /** What is kept of a line whose end has not come; undefined at the start of a line. */
  private rest: GrowingBytes | undefined
  /** How much of that line is kept, in bytes. */
  private bound = 0
  /** Whether the last byte was a CR: an LF right behind it belongs to the same line end. */
  private isAfterReturn = false
  /** How many bytes of a byte order mark have come; -1 once there can be none. */
  private mark = 0
  /** The event's name; undefined before it is named. */
  private event: string | undefined
  /** The event's data, where it matters, and whether it has any. */
  private data: string | undefined
  private hasData = false
  private content = false

  /** The signs in the next bytes, in order. */
  push(chunk: Uint8Array): ReadonlyArray<StreamSign> {
    const signs: Array<StreamSign> = []
    let start = this.mark < 0 ? 0 : this.skipMark(chunk)
    if (this.isAfterReturn && start < chunk.length) {
      if (chunk[start] === newline) start++
      this.isAfterReturn = false
    }
    // Where the next CR stands; the chunk's length where no further one does.
    let nextReturn = -1
    while (start < chunk.length) {
      // Most lines are short: looking at their bytes here is faster than a call.
      const near = Math.min(chunk.length, start + 256)
      let end = start
      while (end < near && chunk[end] !== newline && chunk[end] !== carriageReturn) end++
      if (end === near && near < chunk.length) {
        if (nextReturn < near) {
          const found = chunk.indexOf(carriageReturn, near)
          nextReturn = found < 0 ? chunk.length : found
        }
        const found = chunk.indexOf(newline, near)
        end = found < 0 ? nextReturn : Math.min(found, nextReturn)
      }
      if (end === chunk.length) {
        this.begin(chunk, start)
        break
      }
      if (this.rest !== undefined) this.endLine(chunk, start, end)
      else if (start === end) this.end(signs)
      else this.wholeLine(chunk, start, end)
      start = end + 1
      if (chunk[end] === carriageReturn) {
        if (start === chunk.length) this.isAfterReturn = true
        else if (chunk[start] === newline) start++
      }
    }
    return signs
  }

  /** The position after the byte order mark, as far as it is in these bytes. */
  private skipMark(chunk: Uint8Array): number {
    let at = 0
    while (at < chunk.length && this.mark >= 0 && this.mark < byteOrderMark.length) {
      if (chunk[at] === byteOrderMark[this.mark]) {
        this.mark++
        at++
      } else {
        // A line that begins with a part of one has no field that matters.
        if (this.mark > 0) {
          this.bound = 0
          this.rest = new GrowingBytes()
        }
        this.mark = -1
      }
    }
    if (this.mark === byteOrderMark.length) this.mark = -1
    return at
  }

  /** How much of a line is worth keeping, by its first byte. */
  private boundFor(first: number | undefined): number {
    if (first === letterE) return maxName
    if (first !== letterD) return 0
    // Of data that does not matter it only matters that there is some.
    if (this.isDataWanted()) return maxData
    return dataKey.length
  }

  private isDataWanted(): boolean {
    const { event } = this
    return event === undefined || event === "error" || accounts.has(event)
  }

  /** A line of which nothing came before, between two positions. */
  private wholeLine(chunk: Uint8Array, start: number, end: number): void {
    const first = chunk[start]
    // Most lines cannot matter, and are not worth a view of their own.
    if (first === letterE) {
      if (this.content && end - start > maxEventLine && begins(chunk, start, eventKey))
        this.event = other
      else this.line(chunk.subarray(start, Math.min(end, start + maxName)))
    } else if (first === letterD) {
      if (this.isDataWanted()) this.line(chunk.subarray(start, Math.min(end, start + maxData)))
      else if (begins(chunk, start, dataKey)) this.hasData = true
      else this.line(chunk.subarray(start, Math.min(end, start + dataKey.length)))
    }
  }

  /** A piece of a line whose end has not come. */
  private begin(chunk: Uint8Array, start: number): void {
    if (this.rest === undefined) {
      this.rest = new GrowingBytes()
      this.bound = this.boundFor(chunk[start])
    }
    this.keep(this.rest, chunk, start, chunk.length)
  }

  /** A copy: the chunk's memory belongs to the socket. */
  private keep(rest: GrowingBytes, chunk: Uint8Array, start: number, end: number): void {
    const room = this.bound - rest.length
    if (room > 0) rest.push(chunk, start, Math.min(end, start + room))
  }

  /** The last piece of a line that began in an earlier chunk. */
  private endLine(chunk: Uint8Array, start: number, end: number): void {
    const { rest } = this
    this.rest = undefined
    if (rest === undefined) return
    this.keep(rest, chunk, start, end)
    // A line that is kept in part is not an empty one.
    if (rest.length > 0) this.line(rest.bytes())
  }

  private line(bytes: Uint8Array): void {
    const text = decode(bytes)
    const name = field(text, "event")
    if (name !== undefined) {
      this.event = name === "" ? undefined : name
      return
    }
    const data = field(text, "data")
    if (data === undefined) return
    this.hasData = true
    if (!this.isDataWanted()) return
    if (this.data === undefined) this.data = data
    else if (this.data.length < maxData) this.data += `\n${data}`
  }

  private end(signs: Array<StreamSign>): void {
    const { data = "", event, hasData } = this
    this.event = undefined
    this.data = undefined
    this.hasData = false
    if (event === undefined || !hasData) return
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
