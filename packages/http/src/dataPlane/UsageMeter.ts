/**
 * What one answer used, read from a tee of its bytes while they pass, with the few fields of its
 * message that name what it created.
 */
import {
  members,
  openBrace,
  quote,
  skipBlanks,
  skipValue,
  text
} from "@clawdbot/domain/Anthropic/jsonBytes"
import * as AnswerUsage from "@clawdbot/domain/Usage/AnswerUsage"
import { isObject } from "@clawdbot/json5-edit/JsonValue"
import { Pieces } from "./Pieces.ts"
import { readable } from "./upstreamAnswer.ts"

/**
 * How much of a plain answer is kept to read its usage, which stands at its end. What is longer is
 * counted as not measured.
 */
const maxBodyBytes = 1024 * 1024

const parsed = (text: string): Readonly<Record<string, unknown>> => {
  // What is no JSON tells of no usage; it is the client's to make sense of.
  try {
    const value: unknown = JSON.parse(text)
    if (isObject(value)) return value
    return {}
  } catch {
    return {}
  }
}

const wanted = ["usage", "id", "model", "container", "stop_details"]
/** What is looked for beside where somebody hears of the message. */
const wantedOfTraced = [...wanted, "stop_reason", "diagnostics"]

/**
 * The wanted fields of a plain answer, found without building the rest of it, which may be long.
 */
const fieldsIn = (
  body: Buffer,
  wanted: ReadonlyArray<string>
): Readonly<Record<string, unknown>> => {
  const found: Record<string, unknown> = {}
  const visit = (key: string | undefined, start: number): number => {
    const end = skipValue(body, start)
    if (key === undefined || end < 0 || !wanted.includes(key)) return end
    if (body[start] === quote) found[key] = text(body, start, end)
    else if (body[start] === openBrace) found[key] = parsed(body.toString("utf8", start, end))
    return end
  }
  members(body, skipBlanks(body, 0), visit, wanted)
  return found
}

const isPlain = (encoding: string | undefined): boolean =>
  encoding === undefined || encoding === "" || encoding === "identity"

type OnMessage = (message: Readonly<Record<string, unknown>>) => void

/** One answer. */
export class UsageMeter {
  private usage: AnswerUsage.AnswerUsage | undefined
  private readonly pieces = new Pieces()
  private isTooLong = false
  private readonly encoding: string | undefined
  private readonly onMessage: OnMessage
  private readonly onTraced: OnMessage | undefined

  /**
   * `encoding` is the answer's `content-encoding`. `onMessage` hears what comes to be known of the
   * message: that of `message_start`, the changes of `message_delta`, or the fields of a whole one.
   * `onTraced` hears the same, with the fields that only traces need.
   */
  constructor(encoding: string | undefined, onMessage: OnMessage, onTraced?: OnMessage) {
    this.encoding = encoding
    this.onMessage = onMessage
    this.onTraced = onTraced
  }

  /** The data of a stream's event; figures are cumulative. */
  event(data: string): void {
    const { delta, message, usage } = parsed(data)
    if (isObject(message)) this.usage = AnswerUsage.afterMessage(this.usage, message)
    else this.usage = AnswerUsage.after(this.usage, usage)
    const known = message ?? delta
    if (isObject(known)) this.tell(known)
  }

  /** The next bytes of a plain answer. */
  body(chunk: Buffer): void {
    if (this.isTooLong) return
    this.isTooLong = this.pieces.bytes + chunk.length > maxBodyBytes
    if (this.isTooLong) this.pieces.clear()
    else this.pieces.push(chunk)
  }

  /** What was used, as far as the answer told; undefined where it did not. */
  end(): AnswerUsage.AnswerUsage | undefined {
    if (this.pieces.bytes === 0) return this.usage
    const body = this.pieces.joined()
    const fields = this.onTraced === undefined ? wanted : wantedOfTraced
    const message = isPlain(this.encoding)
      ? fieldsIn(body, fields)
      : parsed(readable(this.encoding, body))
    this.usage = AnswerUsage.afterMessage(this.usage, message)
    this.pieces.clear()
    this.tell(message)
    return this.usage
  }

  private tell(message: Readonly<Record<string, unknown>>): void {
    this.onMessage(message)
    this.onTraced?.(message)
  }
}
