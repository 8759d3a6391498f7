import { IncomingMessage } from "node:http"
import { Socket } from "node:net"
import { BegunBody, BodyTooLarge } from "@clawdbot/http/dataPlane/readBody"
import { UploadBody } from "@clawdbot/http/dataPlane/UploadBody"
import { assert, describe, it } from "@effect/vitest"

const times = { idleMs: 60_000, answerMs: 60_000 }

/** An upload that has begun with these pieces, and what it said. */
const begin = (limit: number, ...pieces: ReadonlyArray<string>) => {
  const request = new IncomingMessage(new Socket())
  const said: Array<unknown> = []
  const begun = new BegunBody({
    pieces: pieces.map((piece) => Buffer.from(piece)),
    size: pieces.join("").length
  })
  const upload = new UploadBody(request, begun, limit, times, {
    onClientFault: (fault) => said.push(fault),
    onUpstreamStalled: () => said.push("upstream"),
    onBeginningSent: () => said.push("sent")
  })
  return { request, said, upload }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

describe("a body that passes through", () => {
  it("is what it began with and what came later, in order", async () => {
    const { request, said, upload } = begin(1_000, "one ", "two ")
    let text = ""
    upload.on("data", (chunk: Buffer) => {
      text += chunk.toString()
    })
    await turn()
    assert.deepStrictEqual(said, ["sent"])
    request.push("three ")
    request.push("four")
    request.push(null)
    await new Promise((resolve) => upload.on("end", resolve))
    assert.strictEqual(text, "one two three four")
    upload.stop()
  })

  it("is over as soon as it is larger than its limit, whatever was announced", async () => {
    const { request, said, upload } = begin(10, "12345")
    upload.resume()
    await turn()
    request.push("67890")
    await turn()
    assert.deepStrictEqual(said, ["sent"])
    request.push("1")
    await turn()
    assert.deepStrictEqual(said, ["sent", new BodyTooLarge({ limit: 10 })])
    upload.destroy()
  })

  it("that nobody wants any more is read to nobody", async () => {
    const { request, said, upload } = begin(1_000, "one")
    upload.resume()
    await turn()
    upload.destroy()
    await turn()
    request.push("two")
    request.push(null)
    await new Promise((resolve) => request.on("end", resolve))
    assert.deepStrictEqual(said, ["sent"])
  })
})
