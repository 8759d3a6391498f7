import { IncomingMessage } from "node:http"
import { Socket } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import { standardClientTimeouts } from "../src/GatewayOptions.ts"
import { SlowSenders } from "../src/SlowSenders.ts"

/** A request whose client has sent so many bytes so far. */
const arriving = (url: string) => {
  const socket = new Socket()
  let bytes = 0
  Object.defineProperty(socket, "bytesRead", { get: () => bytes })
  const request = new IncomingMessage(socket)
  request.method = "POST"
  request.url = url
  request.resume()
  const send = (more: number) => {
    bytes += more
  }
  return { request, send }
}

const { idleMs, requestMs } = standardClientTimeouts

describe("requests that take long to arrive", () => {
  it("a message has so much time in all, however fast its bytes come", () => {
    const slow = new SlowSenders(standardClientTimeouts)
    const { request, send } = arriving("/v1/messages")
    for (let now = 0; now < requestMs; now += slow.everyMs) {
      send(1_000)
      assert.deepStrictEqual(slow.late([request], now), [], `${now}`)
    }
    assert.deepStrictEqual(slow.late([request], requestMs), [request])
  })

  it("a batch and a file have as long as they take, as long as bytes come", () => {
    for (const url of ["/v1/messages/batches?beta=true", "/v1/files"]) {
      const slow = new SlowSenders(standardClientTimeouts)
      const { request, send } = arriving(url)
      let now = 0
      for (; now < 10 * requestMs; now += slow.everyMs) {
        send(1)
        assert.deepStrictEqual(slow.late([request], now), [], `${now}`)
      }
      const movedAt = now - slow.everyMs
      assert.deepStrictEqual(slow.late([request], movedAt + idleMs - 1), [])
      assert.deepStrictEqual(slow.late([request], movedAt + idleMs), [request])
    }
  })

  it("one that waits for the upstream is not its client's fault", () => {
    const slow = new SlowSenders(standardClientTimeouts)
    const { request } = arriving("/v1/files")
    request.pause()
    for (let now = 0; now < requestMs; now += slow.everyMs)
      assert.deepStrictEqual(slow.late([request], now), [])
    request.resume()
    assert.deepStrictEqual(slow.late([request], requestMs), [])
    assert.deepStrictEqual(slow.late([request], requestMs + idleMs), [request])
  })

  it("one that has arrived, or has gone, is forgotten", () => {
    const slow = new SlowSenders(standardClientTimeouts)
    const { request } = arriving("/v1/messages")
    slow.late([request], 0)
    slow.late([], 1)
    assert.deepStrictEqual(slow.late([request], requestMs), [])
  })
})
