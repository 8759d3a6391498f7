import { gzipSync } from "node:zlib"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { ask, body, keys, type Started, withGateway } from "./world.ts"

/**
 * Two credentials of two workspaces that take turns: without pins every second request would miss.
 */
const takingTurns = { script: { ka: () => Script.ok(), kb: () => Script.ok() } }

const senders = ({ upstream }: Started) => upstream.requests.map((request) => request.credential)
const idOf = (text: string): string => {
  const { id } = JSON.parse(text) as { id: string }
  return id
}
const get = (started: Started, path: string) => ask(started, { path, method: "GET" })

const packed = {
  headers: { "content-encoding": "gzip" },
  body: gzipSync(JSON.stringify({ id: "msgbatch_packed", type: "message_batch" }))
}

const multipart = {
  path: "/v1/files?beta=true",
  headers: { "content-type": "multipart/form-data; boundary=b" },
  body:
    '--b\r\ncontent-disposition: form-data; name="file"; filename="a.txt"\r\n\r\n' +
    'ü\u0000{"model":"x"}\r\n--b--\r\n'
}

describe("batches and files", () => {
  it.scopedLive("are asked for with the credential that created them, whatever the turn", () =>
    withGateway(takingTurns, (started) =>
      Effect.gen(function* () {
        const made = [
          idOf(
            (yield* ask(started, { path: "/v1/messages/batches", body: { requests: [] } })).text
          ),
          idOf((yield* ask(started, multipart)).text)
        ]
        assert.deepStrictEqual(senders(started), ["ka", "kb"])
        assert.strictEqual(started.upstream.requests[1]?.body.toString(), multipart.body)
        const [batch, file] = made
        for (const [path, method, creator] of [
          [`/v1/messages/batches/${batch}`, "GET", "ka"],
          [`/v1/messages/batches/${batch}?beta=true`, "GET", "ka"],
          [`/v1/messages/batches/${batch}/results`, "GET", "ka"],
          [`/v1/files/${file}/content`, "GET", "kb"],
          [`/v1/messages/batches/${batch}/cancel`, "POST", "ka"],
          [`/v1/files/${file}`, "GET", "kb"],
          [`/v1/files/${file}`, "DELETE", "kb"]
        ] as const) {
          const answer = yield* ask(started, { path, method })
          assert.strictEqual(answer.status, 200, `${method} ${path}`)
          assert.strictEqual(senders(started).at(-1), creator, `${method} ${path}`)
        }
      })
    )
  )

  it.scopedLive(
    "a message that names a file goes out with the file's creator; the same words inside a " +
      "text do not count",
    () =>
      withGateway(takingTurns, (started) =>
        Effect.gen(function* () {
          const file = idOf((yield* ask(started, multipart)).text)
          const document = { type: "document", source: { type: "file", file_id: file } }
          const naming = (content: unknown) => ({ ...body, messages: [{ role: "user", content }] })
          for (let round = 0; round < 3; round++) {
            assert.strictEqual((yield* ask(started, { body: naming([document]) })).status, 200)
            yield* ask(started, { body: naming(`"file_id": "${file}"`) })
          }
          // The plain ones take their turns, the others do not.
          assert.deepStrictEqual(senders(started), ["ka", "ka", "kb", "ka", "kb", "ka", "kb"])
        })
      )
  )

  it.scopedLive("an id in a packed answer is read as well, and the bytes pass as they are", () =>
    withGateway(
      {
        script: {
          // The scripted server packs messages; one that looks like a batch is enough here.
          ka: () => ({
            ...Script.badRequest,
            status: 200,
            headers: packed.headers,
            body: packed.body
          }),
          kb: () => Script.ok()
        }
      },
      (started) =>
        Effect.gen(function* () {
          const made = yield* ask(started, { path: "/v1/messages/batches", body: { requests: [] } })
          assert.strictEqual(idOf(made.text), "msgbatch_packed")
          yield* get(started, "/v1/messages/batches/msgbatch_packed")
          yield* get(started, "/v1/messages/batches/msgbatch_packed")
          assert.deepStrictEqual(senders(started), ["ka", "ka", "ka"])
        })
    )
  )

  it.scopedLive(
    "a creator that is limited answers for itself: no other credential says that there is no " +
      "such batch",
    () =>
      withGateway(
        {
          script: {
            ka: Script.inTurn(
              Script.ok(),
              Script.rateLimited({ "retry-after": "30" }),
              Script.rateLimited({ "retry-after": "29" }),
              Script.ok()
            ),
            kb: () => Script.ok()
          }
        },
        (started) =>
          Effect.gen(function* () {
            const batch = idOf(
              (yield* ask(started, { path: "/v1/messages/batches", body: { requests: [] } })).text
            )
            const limited = yield* get(started, `/v1/messages/batches/${batch}`)
            assert.deepStrictEqual(
              [limited.status, limited.headers.get("retry-after")],
              [429, "30"]
            )
            const again = yield* get(started, `/v1/messages/batches/${batch}`)
            assert.deepStrictEqual([again.status, again.headers.get("retry-after")], [429, "29"])
            assert.strictEqual((yield* get(started, `/v1/messages/batches/${batch}`)).status, 200)
            assert.deepStrictEqual(senders(started), ["ka", "ka", "ka", "ka"])
          })
      )
  )

  it.scopedLive(
    "an unknown id takes the usual way, and so does one that another agent created",
    () =>
      withGateway(
        {
          script: { ka: () => Script.ok(), kb: () => Script.ok() },
          stores: { main: keys("ka").main, work: keys("kb").main },
          config: { agents: { list: [{ id: "main", default: true }, { id: "work" }] } }
        },
        (started) =>
          Effect.gen(function* () {
            assert.strictEqual((yield* get(started, "/v1/files/file_unknown")).status, 404)
            const file = idOf((yield* ask(started, multipart)).text)
            const foreign = yield* ask(started, {
              path: `/v1/files/${file}`,
              method: "GET",
              headers: { "x-clawdbot-agent": "work" }
            })
            assert.strictEqual(foreign.status, 404)
            assert.deepStrictEqual(senders(started), ["ka", "ka", "kb"])
          })
      )
  )
})
