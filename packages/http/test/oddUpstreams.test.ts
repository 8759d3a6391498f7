/** Providers, and proxies before them, that answer in ways they need not: all of it arrives. */
import { createServer } from "node:http"
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import { HealthStore } from "@clawdbot/domain/Health/HealthStore"
import { isBlocking } from "@clawdbot/domain/Health/Window"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { configFor, rawUpstream } from "./rawUpstream.ts"
import { ask, keys, streaming, withGateway } from "./world.ts"

const message = JSON.stringify({ id: "msg_1", type: "message", content: [] })
const events = (end: string) =>
  [
    'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_1"}}\n\n',
    'event: content_block_start\ndata: {"type":"content_block_start","index":0}\n\n',
    'event: message_stop\ndata: {"type":"message_stop"}\n\n'
  ]
    .join("")
    .replaceAll("\n", end)

/** Cooldowns of any credential, now. */
const cooldowns = Effect.gen(function* () {
  const { profiles } = yield* (yield* HealthStore).read(AgentId.main)
  return [...profiles.values()].flatMap(({ windows }) =>
    windows.filter((window) => isBlocking(window, Date.now()))
  )
})

describe("an upstream that answers oddly", () => {
  it.scopedLive("in HTTP/1.0, without a length: messages and streams arrive whole", () =>
    Effect.gen(function* () {
      const upstream = yield* rawUpstream(({ body, socket }) => {
        const [type, text] = body.includes('"stream":true')
          ? ["text/event-stream", events("\n")]
          : ["application/json", message]
        socket.end(`HTTP/1.0 200 OK\r\nContent-Type: ${type}\r\n\r\n${text}`)
      })
      const options = { script: {}, stores: keys("ka"), config: configFor(upstream) }
      yield* withGateway(options, (started) =>
        Effect.gen(function* () {
          const plain = yield* ask(started)
          assert.deepStrictEqual([plain.status, plain.text], [200, message])
          const stream = yield* ask(started, { body: streaming })
          assert.deepStrictEqual([stream.status, stream.text], [200, events("\n")])
        })
      )
    })
  )

  it.scopedLive("a message where a stream was asked for, and a stream with other line ends", () =>
    Effect.gen(function* () {
      let isPlain = true
      const crlf = events("\r\n")
      const upstream = yield* rawUpstream(({ socket }) => {
        const [type, text] = isPlain
          ? ["application/json", message]
          : ["text/event-stream; charset=UTF-8", crlf]
        socket.write(
          `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\ncontent-length: ${text?.length}\r\n` +
            `\r\n${text}`
        )
      })
      const options = { script: {}, stores: keys("ka"), config: configFor(upstream) }
      yield* withGateway(options, (started) =>
        Effect.gen(function* () {
          const at = Date.now()
          const plain = yield* ask(started, { body: streaming })
          assert.deepStrictEqual([plain.status, plain.text], [200, message])
          // It is not held for content that will never begin.
          assert.isBelow(Date.now() - at, 1_500)
          isPlain = false
          assert.strictEqual((yield* ask(started, { body: streaming })).text, crlf)
        })
      )
    })
  )

  it.scopedLive("with a megabyte of HTML for an error: it comes whole, nothing cools down", () =>
    Effect.gen(function* () {
      const page = `<html>${"x".repeat(1_000_000)}</html>`
      const upstream = yield* rawUpstream(({ socket }) =>
        socket.write(
          "HTTP/1.1 502 Bad Gateway\r\ncontent-type: text/html\r\ncontent-length: " +
            `${page.length}\r\n\r\n${page}`
        )
      )
      const options = { script: {}, stores: keys("ka"), config: configFor(upstream) }
      yield* withGateway(options, (started) =>
        Effect.gen(function* () {
          const answer = yield* ask(started)
          assert.strictEqual(answer.status, 502)
          assert.isTrue(answer.text === page)
          assert.deepStrictEqual(yield* cooldowns, [])
        })
      )
    })
  )

  it.scopedLive(
    "overloaded for everybody, an hour by its own words: the next request is served",
    () =>
      Effect.gen(function* () {
        let isDown = true
        let count = 0
        const script = () => {
          if (!isDown) return Script.ok()
          count += 1
          const headers = { "retry-after": "3600" }
          return count % 3 === 0 ? { ...Script.overloaded, headers } : Script.overloaded
        }
        yield* withGateway({ script: { ka: script, kb: script, kc: script } }, (started) =>
          Effect.gen(function* () {
            const answers = yield* Effect.all(
              Array.from({ length: 40 }, () => ask(started)),
              { concurrency: "unbounded" }
            )
            assert.deepStrictEqual([...new Set(answers.map(({ status }) => status))], [529])
            for (const { text } of answers) assert.include(text, "overloaded_error")
            assert.deepStrictEqual(yield* cooldowns, [])
            isDown = false
            assert.strictEqual((yield* ask(started)).status, 200)
          })
        )
      })
  )
})

/** A provider on one address of this machine; undefined where that address is not there. */
const providerOn = (host: string) =>
  Effect.acquireRelease(
    Effect.async<{ readonly port: number; readonly close: () => void } | undefined>((resume) => {
      const server = createServer((request, response) => {
        request.resume()
        response.writeHead(200, { "content-type": "application/json" }).end(message)
      })
      server.on("error", () => resume(Effect.succeed(undefined)))
      server.listen(0, host, () => {
        const address = server.address()
        const port = typeof address === "object" && address !== null ? address.port : 0
        resume(
          Effect.succeed({
            port,
            close: () => {
              server.close()
              server.closeAllConnections()
            }
          })
        )
      })
    }),
    (provider) => Effect.sync(() => provider?.close())
  )

describe("a base URL on this machine", () => {
  for (const [host, url] of [
    ["::1", "http://[::1]:PORT"],
    ["127.0.0.1", "http://localhost:PORT"],
    ["127.0.0.1", "HTTP://LOCALHOST:PORT/"]
  ] as const) {
    it.scopedLive(`${url} reaches what listens on ${host}`, (context) =>
      Effect.gen(function* () {
        const provider = yield* providerOn(host)
        if (provider === undefined) return context.skip(`there is no ${host} here`)
        const baseUrl = url.replace("PORT", String(provider.port))
        const config = { models: { providers: { anthropic: { baseUrl, models: [] } } } }
        yield* withGateway({ script: {}, stores: keys("ka"), config }, (started) =>
          Effect.map(ask(started), ({ status, text }) =>
            assert.deepStrictEqual([status, text], [200, message])
          )
        )
      })
    )
  }
})
