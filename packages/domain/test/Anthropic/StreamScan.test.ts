import { StreamScan, type StreamSign } from "@clawdbot/domain/Anthropic/StreamScan"
import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"

const bytes = (text: string) => new TextEncoder().encode(text)
const event = (name: string, data: string) => `event: ${name}\ndata: ${data}\n\n`
const content: StreamSign = { _tag: "Content" }
const stop: StreamSign = { _tag: "Stop" }
const usage = (data: string): StreamSign => ({ _tag: "Usage", data })

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

const cut = (all: Uint8Array, places: ReadonlyArray<number>): ReadonlyArray<Uint8Array> => {
  const sorted = [0, ...places.map((place) => place % all.length), all.length].sort((a, b) => a - b)
  // Buffers, as sockets give them: their memory is used again afterwards.
  return sorted.slice(1).map((end, index) => Buffer.from(all.subarray(sorted[index], end)))
}

describe("StreamScan", () => {
  it("sees the same however the bytes are cut, with either kind of line end", () => {
    for (const text of [whole, whole.replaceAll("\n", "\r\n")]) {
      fc.assert(
        fc.property(fc.array(fc.nat(), { maxLength: 40 }), (places) => {
          assert.deepStrictEqual(signsOf(cut(bytes(text), places)), signs)
        })
      )
      assert.deepStrictEqual(signsOf(Array.from(bytes(text), (byte) => Uint8Array.of(byte))), signs)
    }
  })

  it("does not keep chunks: their memory may be used again", () => {
    const scan = new StreamScan()
    const first = Buffer.from("event: mess")
    assert.deepStrictEqual(scan.push(first), [])
    first.fill(0)
    assert.deepStrictEqual(scan.push(bytes("age_stop\n\n")), [stop])
  })

  it("gives an error event with its data, cut anywhere", () => {
    const data = '{"type":"error","error":{"type":"overloaded_error","message":"Ü"}}'
    const all = bytes(event("message_start", "{}") + event("error", data))
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 10 }), (places) => {
        assert.deepStrictEqual(signsOf(cut(all, places)), [usage("{}"), { _tag: "Error", data }])
      })
    )
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
    assert.deepStrictEqual(scan.push(bytes("\n\nevent: message_stop\n\n")), [content, stop])
  })

  it("never throws", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array(), { maxLength: 10 }), (chunks) => void signsOf(chunks))
    )
  })
})
