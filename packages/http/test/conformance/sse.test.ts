/**
 * Event streams: what is seen in one is what the standard says, in whatever pieces it comes.
 */
import { StreamScan, type StreamSign } from "@clawdbot/domain/Anthropic/StreamScan"
import { assert } from "@effect/vitest"
import { conforms, data } from "./suite.ts"

interface Stream {
  readonly id: string
  readonly text?: string
  readonly base64?: string
  readonly before?: string
  readonly repeat?: readonly [string, number]
  readonly after?: string
}

const { cases } = data<{ readonly cases: ReadonlyArray<Stream> }>("sse.json", { cases: [] })

const bytesOf = ({ after = "", base64, before = "", repeat, text }: Stream): Buffer => {
  if (base64 !== undefined) return Buffer.from(base64, "base64")
  const [part, times] = repeat ?? ["", 0]
  return Buffer.from(text ?? `${before}${part.repeat(times)}${after}`)
}

interface Event {
  readonly name: string
  readonly data: string
}

/** The events of a stream, by the text of the standard. */
const eventsOf = (bytes: Uint8Array): ReadonlyArray<Event> => {
  const events: Array<Event> = []
  let name = ""
  let lines: Array<string> = []
  const all = new TextDecoder().decode(bytes).split(/\r\n|\n|\r/)
  // What has no line end is not a line yet.
  for (const line of all.slice(0, -1)) {
    if (line === "") {
      if (lines.length > 0) events.push({ name, data: lines.join("\n") })
      name = ""
      lines = []
      continue
    }
    const colon = line.indexOf(":")
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "")
    if (field === "event") name = value
    if (field === "data") lines.push(value)
  }
  return events
}

/** What the events mean for an answer. */
const signsOf = (events: ReadonlyArray<Event>): ReadonlyArray<StreamSign> => {
  const signs: Array<StreamSign> = []
  for (const { data, name } of events) {
    if (name === "error") signs.push({ _tag: "Error", data })
    else if (name === "message_stop") signs.push({ _tag: "Stop" })
    else if (name !== "") {
      if (name === "message_start" || name === "message_delta") signs.push({ _tag: "Usage", data })
      const isContent = name !== "message_start" && name !== "ping"
      if (isContent && !signs.some(({ _tag }) => _tag === "Content"))
        signs.push({ _tag: "Content" })
    }
  }
  return signs
}

const seen = (pieces: ReadonlyArray<Uint8Array>): ReadonlyArray<StreamSign> => {
  const scan = new StreamScan()
  return pieces.flatMap((piece) => scan.push(piece))
}

const cut = (bytes: Buffer, at: ReadonlyArray<number>): ReadonlyArray<Buffer> =>
  [...at, bytes.length].map((end, index) => bytes.subarray(at[index - 1] ?? 0, end))

/** Positions that are the same in every run. */
const somewhere = (length: number, seed: number): ReadonlyArray<number> => {
  let state = seed
  const next = () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return state % (length + 1)
  }
  return Array.from({ length: 1 + (next() % 8) }, next).sort((one, other) => one - other)
}

conforms(
  "event streams",
  cases.map((stream) => ({
    id: stream.id,
    check: () => {
      const bytes = bytesOf(stream)
      const expected = signsOf(eventsOf(bytes))
      assert.deepStrictEqual(seen([bytes]), expected)
      assert.deepStrictEqual(seen([...bytes].map((byte) => Uint8Array.of(byte))), expected)
      const step = Math.max(1, Math.floor(bytes.length / 400))
      for (let at = 0; at <= bytes.length; at += step)
        assert.deepStrictEqual(seen(cut(bytes, [at])), expected, `cut at ${at}`)
      for (let seed = 1; seed <= 50; seed++) {
        const places = somewhere(bytes.length, seed)
        assert.deepStrictEqual(seen(cut(bytes, places)), expected, `cut at ${places.join(", ")}`)
      }
    }
  }))
)
