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

/**
 * The fields of a message that are read. An object of one form for all answers: where each field is
 * added as it is found, every answer costs the search for its own form.
 */
type Fields = {
  usage: unknown
  id: unknown
  model: unknown
  container: unknown
  stop_details: unknown
  stop_reason: unknown
  diagnostics: unknown
}

const wanted = ["usage", "id", "model", "container", "stop_details"]
/** What is looked for beside where somebody hears of the message. */
const wantedOfTraced = [...wanted, "stop_reason", "diagnostics"]

/** A string or an object between two positions; nothing else is read. */
const valueIn = (body: Buffer, start: number, end: number): unknown => {
  if (body[start] === openBrace) return parsed(body.toString("utf8", start, end))
  if (body[start] !== quote) return undefined
  const inside = body.toString("utf8", start + 1, end - 1)
  if (inside.includes("\\")) return text(body, start, end)
  return inside
}

/**
 * The wanted fields of a plain answer, found without building the rest of it, which may be long.
 */
const fieldsIn = (body: Buffer, wanted: ReadonlyArray<string>): Fields => {
  const found: Fields = {
    usage: undefined,
    id: undefined,
    model: undefined,
    container: undefined,
    stop_details: undefined,
    stop_reason: undefined,
    diagnostics: undefined
  }
  const visit = (key: string | undefined, start: number): number => {
    const end = skipValue(body, start)
    if (end < 0) return end
    switch (key) {
      case "usage":
      case "id":
      case "model":
      case "container":
      case "stop_details":
      case "stop_reason":
      case "diagnostics":
        found[key] = valueIn(body, start, end)
    }
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
  /** The bytes of a plain answer: most come in one piece. */
  private first: Buffer | undefined
  private pieces: Pieces | undefined
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
    const before = this.pieces?.bytes ?? this.first?.length ?? 0
    this.isTooLong = before + chunk.length > maxBodyBytes
    if (this.isTooLong) this.forget()
    else if (this.first === undefined) this.first = chunk
    else {
      if (this.pieces === undefined) {
        this.pieces = new Pieces()
        this.pieces.push(this.first)
      }
      this.pieces.push(chunk)
    }
  }

  private forget(): void {
    this.first = undefined
    this.pieces = undefined
  }

  /** What was used, as far as the answer told; undefined where it did not. */
  end(): AnswerUsage.AnswerUsage | undefined {
    const body = this.pieces?.joined() ?? this.first
    if (body === undefined || body.length === 0) return this.usage
    const fields = this.onTraced === undefined ? wanted : wantedOfTraced
    const message = isPlain(this.encoding)
      ? fieldsIn(body, fields)
      : parsed(readable(this.encoding, body))
    this.usage = AnswerUsage.afterMessage(this.usage, message)
    this.forget()
    this.tell(message)
    return this.usage
  }

  private tell(message: Readonly<Record<string, unknown>>): void {
    this.onMessage(message)
    this.onTraced?.(message)
  }
}
