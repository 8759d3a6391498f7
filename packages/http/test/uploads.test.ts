/** Bodies that are larger than what the gateway holds: they pass through while they arrive. */
import { createHash } from "node:crypto"
import { createServer, request as httpRequest, type IncomingMessage } from "node:http"
import type { Socket } from "node:net"
import Anthropic, { toFile } from "@anthropic-ai/sdk"
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import { HealthStore } from "@clawdbot/domain/Health/HealthStore"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import {
  ask,
  clientToken,
  dial,
  hear,
  keys,
  type Started,
  until,
  untilStill,
  withGateway
} from "./world.ts"

const mebibyte = 1024 * 1024
/** A little more than what is held. */
const size = 33 * mebibyte

const batches = "/v1/messages/batches"
const files = "/v1/files"

/** A body of a size that begins with a text, in pieces of a mebibyte. */
function* pieces(bytes: number, beginning = '{"requests":[') {
  yield Buffer.from(beginning)
  for (let left = bytes - beginning.length; left > 0; left -= mebibyte)
    yield Buffer.alloc(Math.min(left, mebibyte), `${left} `)
}

const hashOf = (parts: Iterable<Buffer>): string => {
  const hash = createHash("sha256")
  for (const part of parts) hash.update(part)
  return hash.digest("hex")
}

interface Sent {
  readonly status: number
  readonly headers: IncomingMessage["headers"]
  readonly text: string
}

/** Sends a body as clients do that write all of it before they read anything. */
const put = (
  { gateway }: Started,
  path: string,
  parts: Iterable<Buffer>,
  headers: Readonly<Record<string, string | number>> = {}
) =>
  Effect.promise(
    () =>
      new Promise<Sent>((resolve, reject) => {
        const request = httpRequest(
          {
            port: gateway.port,
            path,
            method: "POST",
            agent: false,
            headers: { "x-api-key": clientToken, "anthropic-version": "2023-06-01", ...headers }
          },
          (response) => {
            let text = ""
            response.on("data", (chunk: Buffer) => {
              text += chunk.toString()
            })
            response.on("error", reject)
            response.on("end", () =>
              resolve({ status: response.statusCode ?? 0, headers: response.headers, text })
            )
          }
        )
        request.on("error", reject)
        const iterator = parts[Symbol.iterator]()
        const more = (): void => {
          for (;;) {
            const next = iterator.next()
            if (next.done === true) return void request.end()
            if (!request.write(next.value)) return void request.once("drain", more)
          }
        }
        more()
      })
  )

const sized = { "content-length": size }
const senders = ({ upstream }: Started) => upstream.requests.map(({ credential }) => credential)
const both = { script: { ka: () => Script.ok(), kb: () => Script.ok() } }

/** What is known of the health of a key. */
const healthOf = (key: string) =>
  Effect.flatMap(HealthStore, (store) =>
    Effect.map(store.read(AgentId.main), (document) =>
      document.profiles.get(ProfileId.of(`anthropic:${key}`))
    )
  )

/** A provider that reads what and when it wants. */
const provider = (answer: (request: IncomingMessage, socket: Socket) => void) =>
  Effect.acquireRelease(
    Effect.async<{ readonly url: string; readonly received: () => number; close: () => void }>(
      (resume) => {
        let received = 0
        const server = createServer((request, response) => {
          request.on("error", () => undefined)
          request.pause()
          const { push } = request
          request.push = (chunk: unknown) => {
            if (Buffer.isBuffer(chunk)) received += chunk.length
            return push.call(request, chunk)
          }
          answer(request, response.socket ?? request.socket)
        })
        server.requestTimeout = 0
        server.listen(0, "127.0.0.1", () => {
          const address = server.address()
          const port = typeof address === "object" && address !== null ? address.port : 0
          const close = () => {
            server.closeAllConnections()
            server.close()
          }
          resume(
            Effect.succeed({ url: `http://127.0.0.1:${port}`, received: () => received, close })
          )
        })
      }
    ),
    ({ close }) => Effect.sync(close)
  )

const configFor = (url: string) => ({
  models: { providers: { anthropic: { baseUrl: url, models: [] } } }
})

const rawAnswer = (status: string, text: string, headers = "") =>
  `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${text.length}\r\n` +
  `${headers}\r\n${text}`

describe("a body that is larger than what is held", () => {
  for (const [path, headers] of [
    [batches, sized],
    [files, sized],
    [batches, { "transfer-encoding": "chunked" }],
    [files, { "transfer-encoding": "chunked" }]
  ] as const) {
    it.scopedLive(`arrives whole at ${path} (${Object.keys(headers)[0]}), once`, () =>
      withGateway(both, (started) =>
        Effect.gen(function* () {
          const answer = yield* put(started, path, pieces(size), headers)
          assert.strictEqual(answer.status, 200, answer.text)
          assert.deepStrictEqual(senders(started), ["ka"])
          const [seen] = started.upstream.requests
          assert.strictEqual(hashOf([seen?.body ?? Buffer.alloc(0)]), hashOf(pieces(size)))
          const framing = Object.keys(headers)[0] ?? ""
          assert.strictEqual(seen?.headers[framing], String(Object.values(headers)[0]))
          // The next one takes its turn, and things that were created are found.
          const id = String(JSON.parse(answer.text).id)
          assert.strictEqual(
            (yield* ask(started, { path: `${path}/${id}`, method: "GET" })).status,
            200
          )
          assert.deepStrictEqual(senders(started), ["ka", "ka"])
        })
      )
    )
  }

  it.scopedLive("goes to the credential that created what its beginning names", () =>
    withGateway(both, (started) =>
      Effect.gen(function* () {
        const file = JSON.parse((yield* ask(started, { path: files, body: "x" })).text).id
        const beginning = `{"requests":[{"params":{"source":{"type":"file","file_id":"${file}"}}},`
        for (let round = 0; round < 2; round++) {
          const answer = yield* put(started, batches, pieces(size, beginning), sized)
          assert.strictEqual(answer.status, 200)
        }
        assert.deepStrictEqual(senders(started), ["ka", "ka", "ka"])
      })
    )
  )

  it.scopedLive("larger than its route takes is refused at once, with a whole answer", () =>
    withGateway(both, (started) =>
      Effect.gen(function* () {
        for (const [path, limit] of [
          [batches, 256],
          [files, 500],
          ["/v1/messages", 32],
          ["/v1/messages/count_tokens", 32],
          ["/v1/skills", 32]
        ] as const) {
          const announced = { "content-length": limit * mebibyte + 1 }
          const socket = yield* Effect.promise(() => dial(started))
          const heard = hear(socket)
          socket.write(
            `POST ${path} HTTP/1.1\r\nhost: localhost\r\nx-api-key: ${clientToken}\r\n` +
              `content-length: ${announced["content-length"]}\r\n\r\n`
          )
          yield* Effect.promise(() => until(() => !socket.destroyed))
          socket.end()
          const { text } = yield* Effect.promise(() => heard)
          assert.match(text, /^HTTP\/1\.1 413 /, path)
          assert.include(text, `larger than ${limit * mebibyte} bytes`)
        }
        assert.strictEqual(started.upstream.requests.length, 0)
      })
    )
  )
})

describe("a credential that is refused", () => {
  it.scopedLive("the client is told to send again, and the next try goes elsewhere", () =>
    withGateway(
      {
        script: {
          ka: Script.always(Script.rateLimited({ "retry-after": "30", "x-should-retry": "false" })),
          kb: () => Script.ok()
        }
      },
      (started) =>
        Effect.gen(function* () {
          const refused = yield* put(started, batches, pieces(size), sized)
          assert.deepStrictEqual(
            [refused.status, refused.headers["x-should-retry"], refused.headers["retry-after"]],
            [429, "true", "30"]
          )
          assert.include(refused.text, "This request would exceed your rate limit.")
          assert.deepStrictEqual(senders(started), ["ka"])
          assert.strictEqual((yield* put(started, batches, pieces(size), sized)).status, 200)
          assert.deepStrictEqual(senders(started), ["ka", "kb"])
        })
    )
  )

  it.scopedLive("where no other is ready, the provider's own answer goes back as it is", () =>
    withGateway(
      { script: { ka: Script.always(Script.rateLimited({ "retry-after": "30" })) } },
      (started) =>
        Effect.gen(function* () {
          const refused = yield* put(started, batches, pieces(size), sized)
          assert.deepStrictEqual(
            [refused.status, refused.headers["x-should-retry"]],
            [429, undefined]
          )
          const again = yield* put(started, batches, pieces(size), sized)
          assert.strictEqual(again.status, 429)
          assert.include(again.text, "AllInCooldown")
          assert.strictEqual(started.upstream.requests.length, 1)
        })
    )
  )

  it.scopedLive("a fault of the request goes back as it is, and nothing cools down", () =>
    withGateway(
      { script: { ka: Script.always(Script.badRequest), kb: () => Script.ok() } },
      (started) =>
        Effect.gen(function* () {
          const refused = yield* put(started, batches, pieces(size), sized)
          assert.deepStrictEqual(
            [refused.status, refused.headers["x-should-retry"]],
            [400, undefined]
          )
          assert.deepStrictEqual((yield* healthOf("ka"))?.windows ?? [], [])
        })
    )
  )

  it.scopedLive("the official SDK sends again by itself, and succeeds", () =>
    withGateway(
      {
        script: {
          ka: Script.always(Script.rateLimited({ "retry-after": "0.01" })),
          kb: () => Script.ok()
        }
      },
      (started) =>
        Effect.gen(function* () {
          const client = new Anthropic({ apiKey: clientToken, baseURL: started.gateway.url })
          const made = yield* Effect.promise(async () =>
            client.beta.files.upload({ file: await toFile(Buffer.alloc(size, "x"), "large.txt") })
          )
          assert.match(made.id, /^file_/)
          assert.deepStrictEqual(senders(started), ["ka", "kb"])
        })
    )
  )

  it.scopedLive("a client that writes all before it reads gets an answer that came early", () =>
    Effect.gen(function* () {
      const early = '{"type":"error","error":{"type":"authentication_error","message":"invalid"}}'
      // It answers and closes without reading anything of the body.
      const upstream = yield* provider((_, socket) => {
        socket.end(
          rawAnswer("401 Unauthorized", early, "request-id: req_1\r\nconnection: close\r\n")
        )
      })
      yield* withGateway(
        { script: {}, stores: keys("ka", "kb"), config: configFor(upstream.url) },
        (started) =>
          Effect.gen(function* () {
            const answer = yield* put(started, files, pieces(3 * size), {
              "content-length": 3 * size
            })
            assert.strictEqual(answer.status, 401)
            assert.strictEqual(answer.text, early)
            assert.strictEqual(answer.headers["x-should-retry"], "true")
          })
      )
    })
  )
})

describe("back-pressure and time", () => {
  it.scopedLive("no more is read of the client than the provider takes", () =>
    Effect.gen(function* () {
      let reading: IncomingMessage | undefined
      const upstream = yield* provider((request, socket) => {
        reading = request
        request.on("end", () => socket.write(rawAnswer("200 OK", '{"id":"file_1"}')))
      })
      yield* withGateway(
        { script: {}, stores: keys("ka"), config: configFor(upstream.url) },
        (started) =>
          Effect.gen(function* () {
            const total = 80 * mebibyte
            let taken = 0
            const counted = function* () {
              for (const piece of pieces(total)) {
                taken += piece.length
                yield piece
              }
            }
            const before = process.memoryUsage().arrayBuffers
            const sending = yield* Effect.fork(
              put(started, files, counted(), { "content-length": total })
            )
            yield* Effect.promise(() => until(() => reading !== undefined))
            // What is not moving then does not move any more: everybody waits for the provider.
            yield* Effect.promise(() =>
              untilStill(
                () => taken,
                () => fetch(`${started.gateway.url}/healthz`).then((response) => response.text())
              )
            )
            assert.isBelow(taken, 40 * mebibyte)
            assert.isBelow(process.memoryUsage().arrayBuffers - before, 40 * mebibyte)
            reading?.resume()
            assert.strictEqual((yield* sending).status, 200)
            assert.strictEqual(upstream.received(), total)
          })
      )
    })
  )

  it.scopedLive("a client that leaves ends the provider's request, and nothing cools down", () =>
    Effect.gen(function* () {
      let ended = false
      const upstream = yield* provider((request) => {
        request.resume()
        request.on("close", () => {
          ended = true
        })
      })
      yield* withGateway(
        { script: {}, stores: keys("ka", "kb"), config: configFor(upstream.url) },
        (started) =>
          Effect.gen(function* () {
            const socket = yield* Effect.promise(() => dial(started))
            socket.on("error", () => undefined)
            socket.write(
              `POST ${files} HTTP/1.1\r\nhost: localhost\r\nx-api-key: ${clientToken}\r\n` +
                `content-length: ${size}\r\n\r\n`
            )
            socket.write(Buffer.alloc(mebibyte))
            yield* Effect.promise(() => until(() => upstream.received() === mebibyte))
            socket.destroy()
            yield* Effect.promise(() => until(() => ended))
            assert.deepStrictEqual((yield* healthOf("ka"))?.windows ?? [], [])
          })
      )
    })
  )

  it.scopedLive("as long as bytes come, it may take longer than other requests", () =>
    withGateway(
      {
        ...both,
        gateway: { timeouts: { headersMs: 400, unprovenMs: 5_000, requestMs: 500, idleMs: 600 } }
      },
      (started) =>
        Effect.gen(function* () {
          const socket = yield* Effect.promise(() => dial(started))
          const heard = hear(socket)
          socket.write(
            `POST ${files} HTTP/1.1\r\nhost: localhost\r\nx-api-key: ${clientToken}\r\n` +
              "anthropic-version: 2023-06-01\r\nconnection: close\r\ncontent-length: " +
              `${size}\r\n\r\n`
          )
          const step = size / 16
          for (let sent = 0; sent < size; sent += step) {
            socket.write(Buffer.alloc(step))
            // real time: slower than the timeouts with other requests, which is injected.
            yield* Effect.sleep(100)
          }
          assert.match((yield* Effect.promise(() => heard)).text, /^HTTP\/1\.1 200 /)
        })
    )
  )

  for (const [name, beginning] of [
    ["before it was passed on", 1_000],
    ["in the middle", mebibyte]
  ] as const) {
    it.scopedLive(`one that stands still ${name} is ended with a 408`, () =>
      withGateway(
        {
          ...both,
          gateway: {
            timeouts: { headersMs: 400, unprovenMs: 5_000, requestMs: 60_000, idleMs: 300 }
          }
        },
        (started) =>
          Effect.gen(function* () {
            const socket = yield* Effect.promise(() => dial(started))
            const heard = hear(socket)
            socket.write(
              `POST ${files} HTTP/1.1\r\nhost: localhost\r\nx-api-key: ${clientToken}\r\n` +
                `anthropic-version: 2023-06-01\r\ncontent-length: ${size}\r\n\r\n`
            )
            socket.write(Buffer.alloc(beginning))
            assert.match((yield* Effect.promise(() => heard)).text, /^HTTP\/1\.1 408 /)
            assert.strictEqual(started.upstream.requests.length, 0)
            assert.deepStrictEqual((yield* healthOf("ka"))?.windows ?? [], [])
          })
      )
    )
  }

  it.scopedLive(
    "a provider that stands still is no client's fault: 504, and nothing cools down",
    () =>
      Effect.gen(function* () {
        const upstream = yield* provider(() => undefined)
        yield* withGateway(
          {
            script: {},
            stores: keys("ka"),
            config: configFor(upstream.url),
            gateway: {
              timeouts: { headersMs: 400, unprovenMs: 5_000, requestMs: 60_000, idleMs: 400 }
            }
          },
          (started) =>
            Effect.gen(function* () {
              const answer = yield* put(started, files, pieces(size), sized)
              assert.strictEqual(answer.status, 504)
              assert.strictEqual(answer.headers["x-should-retry"], "true")
              assert.deepStrictEqual((yield* healthOf("ka"))?.windows ?? [], [])
            })
        )
      })
  )
})
