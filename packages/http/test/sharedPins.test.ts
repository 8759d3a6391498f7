/** Two gateways that share pins: what one of them created, the other one asks its creator for. */
import * as ResourcePinsMemory from "@clawdbot/testing/Auth/ResourcePinsMemory"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { ask, body, keys, type Started, withGateway } from "./world.ts"

const idOf = (text: string): string => {
  const { id } = JSON.parse(text) as { id: string }
  return id
}

/**
 * Over one provider: a gateway that has one credential, and another one that has first that of
 * another workspace, to which nothing of the other one's exists.
 */
const withTwo = <A, E>(test: (one: Started, other: Started) => Effect.Effect<A, E>) => {
  const shared = new ResourcePinsMemory.SharedPins()
  const pins = ResourcePinsMemory.layerSharing(shared, "10 millis")
  const script = { ka: () => Script.ok(), kb: () => Script.ok() }
  return withGateway({ script, stores: keys("kb"), pins }, (one) =>
    withGateway({ script, upstream: one.upstream, pins }, (other) => test(one, other))
  )
}

const upload = {
  path: "/v1/files?beta=true",
  headers: { "content-type": "multipart/form-data; boundary=b" },
  body: '--b\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\na\r\n--b--\r\n'
}

describe("gateways that share pins", () => {
  it.scopedLive(
    "a batch is asked for at the other one at once, again and again: none is missing",
    () =>
      withTwo((one, other) =>
        Effect.gen(function* () {
          for (let count = 0; count < 25; count++) {
            const created = yield* ask(one, {
              path: "/v1/messages/batches",
              body: { requests: [] }
            })
            const path = `/v1/messages/batches/${idOf(created.text)}`
            assert.strictEqual((yield* ask(other, { path, method: "GET" })).status, 200, path)
          }
          assert.isTrue(one.upstream.requests.every(({ credential }) => credential === "kb"))
        })
      )
  )

  it.scopedLive("so is a file, by its path and by a message that names it", () =>
    withTwo((one, other) =>
      Effect.gen(function* () {
        const file = idOf((yield* ask(one, upload)).text)
        const source = { type: "file", file_id: file }
        const content = [{ type: "document", source }]
        const naming = { ...body, messages: [{ role: "user", content }] }
        assert.strictEqual((yield* ask(other, { body: naming })).status, 200)
        const second = idOf((yield* ask(one, upload)).text)
        const asked = yield* ask(other, { path: `/v1/files/${second}`, method: "GET" })
        assert.strictEqual(asked.status, 200)
      })
    )
  )

  it.scopedLive("what nobody has noted goes the usual way", () =>
    withTwo((_, other) =>
      Effect.gen(function* () {
        const path = "/v1/messages/batches/msgbatch_01unknown"
        assert.strictEqual((yield* ask(other, { path, method: "GET" })).status, 404)
        assert.deepStrictEqual(
          other.upstream.requests.map(({ credential }) => credential),
          ["ka"]
        )
      })
    )
  )
})
