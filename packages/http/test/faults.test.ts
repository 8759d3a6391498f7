/**
 * The rows of the fault table (docs/guarantees.md) that no other test has: what the client sees,
 * and what it does to health.
 */
import { createServer as createTcpServer, type Socket } from "node:net"
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import { AuthResolver } from "@clawdbot/domain/Auth/AuthResolver"
import * as ProviderId from "@clawdbot/domain/Profile/ProviderId"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import {
  ask,
  body,
  clientToken,
  dial,
  hear,
  keys,
  onTheWire,
  streaming,
  until,
  withGateway
} from "./world.ts"

/** Which credentials rest now. */
const cooling = Effect.gen(function* () {
  const resolver = yield* AuthResolver
  const { candidates } = yield* Effect.orDie(
    resolver.explain({ agent: AgentId.main, provider: ProviderId.anthropic, model: body.model })
  )
  return candidates.flatMap(({ profile, state }) => (state === "ready" ? [] : [profile]))
})

const two = (step: Script.Step) => ({ script: { ka: Script.always(step), kb: () => Script.ok() } })

/**
 * Faults of the provider before anything reached the client: another credential answers, and nobody
 * rests for it.
 */
const weather: ReadonlyArray<readonly [string, Script.Step, ReadonlyArray<string>]> = [
  // Once more over another connection: it may have been a kept one that was just being closed.
  ["a reset before headers", { _tag: "Silent", how: "reset" }, ["ka", "ka", "kb"]],
  ["a reset after headers", { _tag: "BrokenStream", afterEvents: 0, how: "reset" }, ["ka", "kb"]],
  ["bytes that are no HTTP", { _tag: "Silent", how: "garbage" }, ["ka", "kb"]],
  ["no headers in time", { _tag: "Silent", how: "hang" }, ["ka", "kb"]],
  ["silence before content", { _tag: "BrokenStream", afterEvents: 1, how: "stall" }, ["ka", "kb"]],
  ["500", Script.internal, ["ka", "kb"]],
  ["503 in HTML", Script.htmlUnavailable, ["ka", "kb"]],
  ["529", Script.overloaded, ["ka", "kb"]],
  ["an error event first", { _tag: "BrokenStream", afterEvents: 1, how: "error" }, ["ka", "kb"]]
]

describe("the provider fails before content", () => {
  for (const [name, step, sent] of weather) {
    it.scopedLive(`${name}: the next credential answers, and no credential rests`, () =>
      withGateway({ ...two(step), timeouts: { headersMs: 500, silenceMs: 500 } }, (started) =>
        Effect.gen(function* () {
          const answer = yield* ask(started, { body: streaming })
          assert.strictEqual(answer.status, 200)
          assert.include(answer.text, "event: message_stop")
          assert.deepStrictEqual(
            started.upstream.requests.map((request) => request.credential),
            sent
          )
          assert.deepStrictEqual(yield* cooling, [])
        })
      )
    )
  }

  it.scopedLive("headers that take long are waited for", () =>
    withGateway(
      { script: { ka: Script.always({ _tag: "Slow", delayMs: 3_000, step: Script.ok() }) } },
      (started) =>
        Effect.gen(function* () {
          const answer = yield* ask(started)
          assert.deepStrictEqual([answer.status, started.upstream.requests.length], [200, 1])
        })
    )
  )

  it.scopedLive(
    "with one credential the client is told what it was, and that trying again may help",
    () =>
      withGateway(
        {
          script: { ka: Script.always({ _tag: "Silent", how: "hang" }) },
          timeouts: { headersMs: 500 }
        },
        (started) =>
          Effect.gen(function* () {
            const answer = yield* ask(started)
            assert.strictEqual(answer.status, 504)
            assert.include(answer.text, '"type":"timeout_error"')
            assert.isNull(answer.headers.get("x-should-retry"))
            assert.deepStrictEqual(yield* cooling, [])
          })
      )
  )
})

describe("the provider fails in the middle of a stream", () => {
  for (const how of ["reset", "end", "garbage", "stall"] as const) {
    it.scopedLive(
      `${how}: what came arrives, then the connection breaks off; nobody rests, nothing is ` +
        "sent again",
      () =>
        withGateway(
          { ...two({ _tag: "BrokenStream", afterEvents: 6, how }), timeouts: { silenceMs: 500 } },
          (started) =>
            Effect.gen(function* () {
              const heard = yield* Effect.promise(async () => {
                const socket = await dial(started)
                const heard = hear(socket)
                socket.write(onTheWire(started))
                return await heard
              })
              assert.include(heard.text, "event: content_block_delta")
              assert.notInclude(heard.text, "not http")
              assert.isFalse(heard.text.endsWith("0\r\n\r\n"))
              assert.strictEqual(started.upstream.requests.length, 1)
              assert.deepStrictEqual(yield* cooling, [])
            })
        )
    )
  }

  for (const [type, rests] of [
    ["overloaded_error", []],
    ["rate_limit_error", ["anthropic:ka"]]
  ] as const) {
    it.scopedLive(`an event of ${type} arrives as it is, and counts by its type`, () =>
      withGateway(
        two({ _tag: "BrokenStream", afterEvents: 6, how: "error", errorType: type }),
        (started) =>
          Effect.gen(function* () {
            const answer = yield* ask(started, { body: streaming })
            assert.include(
              answer.text,
              `event: error\ndata: {"type":"error","error":{"type":"${type}"`
            )
            assert.strictEqual(started.upstream.requests.length, 1)
            assert.deepStrictEqual<ReadonlyArray<string>>(yield* cooling, rests)
          })
      )
    )
  }
})

/**
 * An upstream that answers the first request of each connection, and closes the connection when the
 * second one comes.
 */
const closingLate = Effect.acquireRelease(
  Effect.async<{
    readonly url: string
    readonly connections: () => number
    readonly close: () => void
  }>((resume) => {
    let connections = 0
    const open = new Set<Socket>()
    const server = createTcpServer((socket) => {
      connections += 1
      open.add(socket)
      let requests = 0
      socket.on("error", () => socket.destroy())
      socket.on("close", () => open.delete(socket))
      socket.on("data", (chunk: Buffer) => {
        if (!chunk.includes("POST ")) return
        requests += 1
        if (requests > 1) return void socket.destroy()
        socket.write(
          "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"
        )
      })
    })
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      const close = () => {
        for (const socket of open) socket.destroy()
        server.close()
      }
      resume(
        Effect.succeed({ url: `http://127.0.0.1:${port}`, connections: () => connections, close })
      )
    })
  }),
  ({ close }) => Effect.sync(close)
)

it.scopedLive(
  "a kept connection that is closed just when a request goes out costs nobody anything",
  () =>
    Effect.gen(function* () {
      const upstream = yield* closingLate
      const config = { models: { providers: { anthropic: { baseUrl: upstream.url, models: [] } } } }
      yield* withGateway({ script: {}, stores: keys("ka"), config }, (started) =>
        Effect.gen(function* () {
          for (let round = 1; round <= 5; round++) {
            const answer = yield* ask(started)
            assert.deepStrictEqual([answer.status, answer.text], [200, "{}"])
          }
          // Each request but the first met a connection that was closed under it.
          assert.strictEqual(upstream.connections(), 5)
        })
      )
    })
)

describe("clients that send slowly", () => {
  const slow = {
    script: { ka: () => Script.ok() },
    gateway: { timeouts: { headersMs: 400, unprovenMs: 5_000, requestMs: 800, idleMs: 800 } }
  }
  const head = (port: number) =>
    `POST /v1/messages HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nx-api-key: ${clientToken}\r\n`
  for (const [name, start, piece] of [
    ["headers", "", "x-more: 1\r\n"],
    ["a body", "content-length: 100000\r\n\r\n", "x"]
  ] as const) {
    it.scopedLive(
      `${name} that come a bit at a time are cut off with a 408, and the provider hears nothing`,
      () =>
        withGateway(slow, (started) =>
          Effect.gen(function* () {
            const heard = yield* Effect.promise(async () => {
              const socket = await dial(started)
              const heard = hear(socket)
              socket.write(`${head(started.gateway.port)}${start}`)
              const timer = setInterval(() => socket.write(piece), 50)
              return await heard.finally(() => clearInterval(timer))
            })
            assert.match(heard.text, /^HTTP\/1\.1 408 /)
            assert.strictEqual(started.upstream.requests.length, 0)
            // Others are served meanwhile and afterwards.
            assert.strictEqual((yield* ask(started)).status, 200)
          })
        )
    )
  }

  it.scopedLive("a body that comes in pieces, in time, is a body like any other", () =>
    withGateway({ script: { ka: () => Script.ok() } }, (started) =>
      Effect.promise(async () => {
        const text = JSON.stringify(body)
        const socket = await dial(started)
        const heard = hear(socket)
        socket.write(
          `${head(started.gateway.port)}connection: close\r\nanthropic-version: 2023-06-01\r\n`
        )
        socket.write(`content-length: ${Buffer.byteLength(text)}\r\n\r\n`)
        for (const letter of text) {
          socket.write(letter)
          await new Promise((resolve) => setImmediate(resolve))
        }
        assert.match((await heard).text, /^HTTP\/1\.1 200 /)
        await until(() => started.upstream.requests[0]?.body.toString() === text)
      })
    )
  )
})
