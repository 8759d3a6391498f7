/**
 * Looks over a server-sent event stream while its bytes pass, without touching them (decisions D14, D28): where content begins, whether an
 * error event comes, whether `message_stop` was seen. Lines may be split anywhere between chunks.
 */
import { decode } from "./utf8.ts"

/** What a stream showed. `content`: the first block, or an event this version does not know; `stop`: the answer is whole. */
export type StreamSign =
  | { readonly _tag: "Content" }
  | { readonly _tag: "Stop" }
  | { readonly _tag: "Error"; readonly data: string }

const newline = 0x0a
const carriageReturn = 0x0d
/** Events that may come before content and are none. */
const preamble: ReadonlySet<string> = new Set(["message_start", "ping"])

const field = (line: string, name: string): string | undefined => {
  if (!line.startsWith(name) || line[name.length] !== ":") return undefined
  const value = line.slice(name.length + 1)
  return value.startsWith(" ") ? value.slice(1) : value
}

/** The scanner of one stream. */
export class StreamScan {
  private rest: Uint8Array | undefined
  private event = ""
  private data = ""
  private content = false

  /** The signs in the next bytes, in order. */
  push(chunk: Uint8Array): ReadonlyArray<StreamSign> {
    const signs: Array<StreamSign> = []
    let start = 0
    for (;;) {
      const end = chunk.indexOf(newline, start)
      if (end < 0) break
      const line = this.rest === undefined ? chunk.subarray(start, end) : join(this.rest, chunk.subarray(start, end))
      this.rest = undefined
      start = end + 1
      this.line(line, signs)
    }
    if (start < chunk.length) {
      // A copy: the chunk's memory belongs to the socket.
      const tail = chunk.slice(start)
      this.rest = this.rest === undefined ? tail : join(this.rest, tail)
    }
    return signs
  }

  private line(bytes: Uint8Array, signs: Array<StreamSign>): void {
    const line = bytes.at(-1) === carriageReturn ? bytes.subarray(0, -1) : bytes
    if (line.length === 0) {
      this.end(signs)
      return
    }
    // Only lines that can matter become text: `event: …`, and the data of an error.
    if (line[0] === 0x65) this.event = field(decode(line), "event") ?? this.event
    else if (line[0] === 0x64 && this.event === "error") this.data += field(decode(line), "data") ?? ""
  }

  private end(signs: Array<StreamSign>): void {
    const { data, event } = this
    this.event = ""
    this.data = ""
    if (event === "") return
    if (event === "error") signs.push({ _tag: "Error", data })
    else if (event === "message_stop") signs.push({ _tag: "Stop" })
    else if (!this.content && !preamble.has(event)) {
      this.content = true
      signs.push({ _tag: "Content" })
    }
  }
}

const join = (one: Uint8Array, other: Uint8Array): Uint8Array => {
  const joined = new Uint8Array(one.length + other.length)
  joined.set(one)
  joined.set(other, one.length)
  return joined
}
