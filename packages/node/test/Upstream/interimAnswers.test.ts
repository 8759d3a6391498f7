import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { InterimAnswers } from "../../src/Upstream/interimAnswers.ts"

const interim = fc.constantFrom(
  "HTTP/1.1 100 Continue\r\n\r\n",
  "HTTP/1.0 100\r\nx: HTTP/1.1 200 OK\r\n\r\n",
  "HTTP/1.1 100 Continue\ny: 1\n\n"
)
const answer = fc.constantFrom(
  "HTTP/1.1 200 OK\r\ncontent-length: 13\r\n\r\nHTTP/1.1 100 ",
  "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
  "HTTP/2 100",
  "SSH-2.0-OpenSSH\r\n",
  ""
)

/** What is left of bytes that come cut at these places. */
const left = (text: string, places: ReadonlyArray<number>): string => {
  const watched = new InterimAnswers()
  watched.sent()
  const cuts = [0, ...places.map((place) => place % (text.length + 1)), text.length]
  cuts.sort((one, other) => one - other)
  return cuts
    .slice(1)
    .map((end, index) => watched.pass(Buffer.from(text.slice(cuts[index], end)))?.toString() ?? "")
    .join("")
}

describe("interim answers", () => {
  it("are taken out before an answer and nowhere else, however the bytes are cut", () => {
    fc.assert(
      fc.property(
        fc.array(interim, { maxLength: 3 }),
        answer,
        fc.array(fc.nat(), { maxLength: 30 }),
        (before, after, places) => {
          assert.strictEqual(left(`${before.join("")}${after}`, places), after)
        }
      )
    )
  })

  it("cost nothing, however long they are and however many come", () => {
    const watched = new InterimAnswers()
    watched.sent()
    assert.isUndefined(watched.pass(Buffer.from("HTTP/1.1 100 ")))
    const piece = Buffer.alloc(64 * 1024, "x")
    // 64 MB: kept, or looked at anew for each piece, it would not end in the time of a test.
    for (let round = 0; round < 1_000; round++) assert.isUndefined(watched.pass(piece))
    assert.strictEqual(
      watched.pass(Buffer.from("\r\n\r\nHTTP/1.1 200"))?.toString(),
      "HTTP/1.1 200"
    )
  })

  it("are looked for only where a request went out", () => {
    const watched = new InterimAnswers()
    assert.strictEqual(watched.pass(Buffer.from("HTTP/1.1 100 "))?.toString(), "HTTP/1.1 100 ")
  })
})
