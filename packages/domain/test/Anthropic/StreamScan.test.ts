import { isDeepStrictEqual } from "node:util"
import { maxData, StreamScan, type StreamSign } from "@clawdbot/domain/Anthropic/StreamScan"
import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { counted, cut } from "./chunkings.ts"

const bytes = (text: string) => new TextEncoder().encode(text)
const event = (name: string, data: string) => `event: ${name}\ndata: ${data}\n\n`
const content: StreamSign = { _tag: "Content" }
const stop: StreamSign = { _tag: "Stop" }
const usage = (data: string): StreamSign => ({ _tag: "Usage", data })
const error = (data: string): StreamSign => ({ _tag: "Error", data })

const whole = [
  event("message_start", '{"type":"message_start"}'),
  event("ping", "{}"),
  ": a comment with event: error in it\n\n",
  event("content_block_start", '{"text":"event: error\\ndata: ü 😀"}'),
  event("content_block_delta", '{"text":"event: message_stop"}'),
  event("message_delta", "{}"),
  event("message_stop", "{}")
].join("")

const signs = [usage('{"type":"message_start"}'), content, usage("{}"), stop]

const signsOf = (chunks: ReadonlyArray<Uint8Array>): ReadonlyArray<StreamSign> => {
  const scan = new StreamScan()
  return chunks.flatMap((chunk) => scan.push(chunk))
}

/**
 * The events of a stream as the standard has them, read from the whole text: the simplest thing
 * that is right.
 */
const eventsOf = (text: string) => {
  const events: Array<{ readonly name: string; readonly data: string }> = []
  let name = ""
  let data: Array<string> = []
  const lines = text.replace(/^\u{feff}/u, "").split(/\r\n|\r|\n/)
  // What stands behind the last line end is no line yet.
  for (const line of lines.slice(0, -1)) {
    if (line === "") {
      if (data.length > 0) events.push({ name, data: data.join("\n") })
      name = ""
      data = []
      continue
    }
    const [, key = "", value = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? []
    if (key === "event") name = value
    else if (key === "data") data.push(value)
  }
  return events
}

const expected = (text: string): ReadonlyArray<StreamSign> => {
  let begun = false
  return eventsOf(text).flatMap(({ data, name }): ReadonlyArray<StreamSign> => {
    if (name === "" || name === "ping") return []
    if (name === "error") return [error(data)]
    if (name === "message_stop") return [stop]
    const found = name === "message_start" || name === "message_delta" ? [usage(data)] : []
    if (begun || name === "message_start") return found
    begun = true
    return [...found, content]
  })
}

const name = fc.constantFrom(
  "message_start",
  "message_delta",
  "message_stop",
  "message_stop2",
  "content_block_start",
  "content_block_delta",
  "ping",
  "error",
  " error",
  "",
  "n".repeat(100),
  "我"
)
const datum = fc.oneof(
  fc.constantFrom("", "{}", " two", "event: error", "✔ 我現在 🥌", "\u{feff}", "a\u0000b"),
  fc.string()
)
const value = datum.map((text) => text.replace(/[\r\n]/g, " "))
const line = fc.oneof(
  value.map((text) => `: ${text}`),
  value.map((text) => `id: ${text}`),
  fc.constantFrom("retry: 5", "just some text", "Event: error", "event : error", " ", "dat", "e")
)
const dataLine = fc.oneof(
  value.map((text) => `data: ${text}`),
  value.map((text) => `data:${text}`),
  fc.constant("data")
)
const nameLine = fc.oneof(
  name.map((text) => `event: ${text}`),
  name.map((text) => `event:${text}`),
  fc.constant("event")
)
/** An event's lines; the name may stand behind the data, or not at all. */
const block = fc
  .tuple(
    fc.array(line, { maxLength: 2 }),
    fc.option(nameLine),
    fc.array(fc.oneof(dataLine, line), { maxLength: 3 }),
    fc.boolean()
  )
  .map(([before, named, data, isLast]) => {
    const names = named === null ? [] : [named]
    return isLast ? [...before, ...data, ...names] : [...before, ...names, ...data]
  })
const lineEnd = fc.constantFrom("\n", "\r", "\r\n")
/**
 * Any stream: with or without a byte order mark, whole or cut off. The lines of an event end alike:
 * a CR and an LF of two lines would be one end.
 */
const stream = fc
  .tuple(
    fc.constantFrom("", "\u{feff}", "\u{feff}\u{feff}"),
    fc.array(fc.tuple(block, lineEnd), { maxLength: 6 }),
    fc.constantFrom("", "\n", "event: error", "data: x\n")
  )
  .map(([mark, blocks, tail]) => {
    const text = blocks.map(([lines, end]) =>
      [":", ...lines, ""].map((one) => `${one}${end}`).join("")
    )
    return `${mark}${text.join("")}${tail}`
  })
const places = fc.array(fc.nat(), { maxLength: 40 })

describe("StreamScan", () => {
  it("sees what the standard has, whatever the line ends, the marks and the cuts", () => {
    fc.assert(
      fc.property(stream, places, (text, at) => {
        const all = bytes(text)
        assert.deepStrictEqual(signsOf([all]), expected(text))
        assert.deepStrictEqual(signsOf(cut(all, at)), expected(text))
        assert.deepStrictEqual(
          signsOf(Array.from(all, (byte) => Uint8Array.of(byte))),
          expected(text)
        )
      }),
      { numRuns: 1_000 }
    )
  })

  it("sees a whole answer the same however the bytes are cut, with any kind of line end", () => {
    for (const text of [whole, whole.replaceAll("\n", "\r\n"), whole.replaceAll("\n", "\r")]) {
      fc.assert(
        fc.property(places, (at) => {
          assert.deepStrictEqual(signsOf(cut(bytes(text), at)), signs)
        })
      )
    }
  })

  it("cuts long lines at the same place, however they come", () => {
    const long = "z".repeat(maxData + 1_000)
    const text = [
      event("message_start", "{}"),
      event("content_block_delta", long),
      `: ${long}\nevent: ${long}\ndata: {}\n\n`,
      event("error", long),
      `event: error\ndata: a\ndata: ${long}\ndata: b\n\n`,
      event("message_stop", "{}")
    ].join("")
    const kept = "z".repeat(maxData - "data: ".length)
    const found = [usage("{}"), content, error(kept), error(`a\n${kept}\nb`), stop]
    for (const size of [text.length, 70_000, 65_536, 1_000, 7])
      assert.isTrue(
        isDeepStrictEqual(
          signsOf(
            cut(
              bytes(text),
              Array.from({ length: text.length / size }, (_, n) => n * size)
            )
          ),
          found
        ),
        String(size)
      )
  })

  it("looks at every byte a few times, however the bytes are cut", () => {
    const text = [
      event("message_start", "x".repeat(50_000)),
      event("content_block_delta", "y".repeat(50_000)),
      event("content_block_delta", "y\r".repeat(5_000)),
      "\r".repeat(5_000),
      `${"n".repeat(50_000)}\n`,
      event("message_stop", "{}")
    ].join("")
    const costs = [1, 2, 64, 1_000, 65_536, text.length].map((size) => {
      const counter = { count: 0 }
      const scan = new StreamScan()
      for (let at = 0; at < text.length; at += size)
        scan.push(counted(bytes(text.slice(at, at + size)), counter))
      return counter.count / text.length
    })
    for (const cost of costs) assert.isBelow(cost, 8, costs.join(" "))
  })

  it("does not keep chunks: their memory may be used again", () => {
    const scan = new StreamScan()
    const first = Buffer.from("event: mess")
    assert.deepStrictEqual(scan.push(first), [])
    first.fill(0)
    assert.deepStrictEqual(scan.push(bytes("age_stop\ndata: {}\n\n")), [stop])
  })

  it("an event of an unknown kind is content; message_start, pings and comments are not", () => {
    assert.deepStrictEqual(
      signsOf([bytes([event("message_start", "{}"), event("ping", "{}"), ": x\n\n"].join(""))]),
      [usage("{}")]
    )
    assert.deepStrictEqual(signsOf([bytes(event("fallback", "{}"))]), [content])
  })

  it("a line without an end costs no memory", () => {
    const scan = new StreamScan()
    scan.push(bytes("event: content_block_delta\ndata: "))
    const piece = bytes("x".repeat(64 * 1024))
    // 256 MB: kept, or joined anew for each piece, it would not end in the time of a test.
    for (let round = 0; round < 4_000; round++) scan.push(piece)
    assert.deepStrictEqual(scan.push(bytes("\n\nevent: message_stop\ndata: {}\n\n")), [
      content,
      stop
    ])
  })

  it("never throws", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array(), { maxLength: 10 }), (chunks) => void signsOf(chunks))
    )
  })
})
