/** What HTTP allows and few clients do: it passes as it would without a gateway. */
import { gzipSync } from "node:zlib"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { configFor, rawUpstream } from "./rawUpstream.ts"
import { ask, body, clientToken, dial, hear, keys, onTheWire, until, withGateway } from "./world.ts"

const ok = { script: { ka: () => Script.ok() } }

describe("fidelity over bare sockets", () => {
  it.scopedLive("HEAD gets the headers of the answer, its length included, and no body", () =>
    withGateway(ok, (started) =>
      Effect.promise(async () => {
        const socket = await dial(started)
        const heard = hear(socket)
        const options = { path: "/v1/models", body: "", headers: { connection: "close" } }
        socket.write(onTheWire(started, { ...options, method: "HEAD" }))
        const { text } = await heard
        assert.match(text, /^HTTP\/1\.1 200 /)
        assert.match(text, /^content-length: [1-9]\d+\r$/m)
        assert.match(text, /^request-id: req_/m)
        assert.isTrue(text.endsWith("\r\n\r\n"))
        assert.strictEqual(started.upstream.requests[0]?.method, "HEAD")
      })
    )
  )

  it.scopedLive("a HEAD that is refused keeps its status and has no body either", () =>
    withGateway({ script: { ka: Script.always(Script.badRequest) } }, (started) =>
      Effect.gen(function* () {
        const answer = yield* ask(started, { path: "/v1/models", method: "HEAD" })
        assert.deepStrictEqual([answer.status, answer.text], [400, ""])
      })
    )
  )

  it.scopedLive(
    "expect: 100-continue is answered here, and the provider gets the whole body without it",
    () =>
      withGateway(ok, (started) =>
        Effect.promise(async () => {
          const text = JSON.stringify(body)
          const socket = await dial(started)
          const heard = hear(socket)
          const whole = onTheWire(started, {
            body: text,
            headers: { expect: "100-continue", connection: "close" }
          })
          socket.write(whole.slice(0, -text.length))
          await new Promise<void>((resolve) => socket.once("data", () => resolve()))
          assert.strictEqual(started.upstream.requests.length, 0)
          socket.write(text)
          assert.match((await heard).text, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /)
          const [seen] = started.upstream.requests
          assert.deepStrictEqual([seen?.body.toString(), seen?.headers.expect], [text, undefined])
        })
      )
  )

  it.scopedLive(
    "a request that names no model passes as it is, whatever the agent's model is",
    () =>
      withGateway(
        {
          ...ok,
          config: { agents: { list: [{ id: "main", model: "anthropic/claude-opus-4-5" }] } }
        },
        (started) =>
          Effect.gen(function* () {
            const bytes = '{ "max_tokens": 1, "messages": [{"role":"user","content":"hi"}] }'
            // The provider's own answer: it wants a model.
            assert.strictEqual((yield* ask(started, { body: bytes })).status, 400)
            assert.deepStrictEqual(
              started.upstream.requests.map((request) => request.body.toString()),
              [bytes]
            )
          })
      )
  )

  it.scopedLive("a packed request passes as it is", () =>
    withGateway(ok, (started) =>
      Effect.promise(async () => {
        const packed = gzipSync(JSON.stringify(body))
        const response = await fetch(`${started.gateway.url}/v1/messages/count_tokens?beta=true`, {
          method: "POST",
          headers: {
            "x-api-key": clientToken,
            "anthropic-version": "2023-06-01",
            "content-encoding": "gzip"
          },
          body: packed
        })
        assert.strictEqual(response.status, 200)
        const [seen] = started.upstream.requests
        assert.strictEqual(seen?.body.compare(packed), 0)
        assert.strictEqual(seen?.headers["content-encoding"], "gzip")
        assert.strictEqual(seen?.path, "/v1/messages/count_tokens?beta=true")
      })
    )
  )

  it.scopedLive(
    "requests that come one behind the other over one connection are answered in their order",
    () =>
      withGateway(ok, (started) =>
        Effect.promise(async () => {
          const socket = await dial(started)
          const heard = hear(socket)
          const get = (id: string, headers: Readonly<Record<string, string>> = {}) =>
            onTheWire(started, { path: `/v1/models/${id}`, method: "GET", body: "", headers })
          socket.write(
            get("claude-opus-4-5") +
              get("claude-haiku-4-5") +
              get("claude-nothing", { connection: "close" })
          )
          const { text } = await heard
          assert.deepStrictEqual(
            [...text.matchAll(/HTTP\/1\.1 (\d+) /g)].map((match) => match[1]),
            ["200", "200", "404"]
          )
          assert.isBelow(text.indexOf('"claude-opus-4-5"'), text.indexOf('"claude-haiku-4-5"'))
        })
      )
  )

  it.scopedLive(
    "a client that closes its sending side has left: the upstream request ends, others are served",
    () =>
      withGateway(
        {
          script: {
            ka: Script.inTurn({ _tag: "Silent", how: "hang" }, Script.ok()),
            kb: () => Script.ok()
          }
        },
        (started) =>
          Effect.gen(function* () {
            yield* Effect.promise(async () => {
              const socket = await dial(started)
              socket.write(onTheWire(started))
              await until(() => started.upstream.requests.length === 1)
              socket.end()
              await until(() => started.upstream.aborted() === 1)
            })
            assert.strictEqual((yield* ask(started)).status, 200)
            assert.strictEqual(started.upstream.requests.length, 2)
          })
      )
  )

  it.scopedLive("a provider that closes its sending side after an answer has said all of it", () =>
    withGateway(
      { script: { ka: () => Script.ok({ headers: { connection: "close" } }) } },
      (started) =>
        Effect.gen(function* () {
          for (let round = 0; round < 3; round++)
            assert.include((yield* ask(started)).text, "Hello from the scripted")
          assert.strictEqual(started.upstream.connections(), 3)
        })
    )
  )
})

describe("what edges and clients add", () => {
  const upgrade = {
    connection: "Upgrade, HTTP2-Settings",
    upgrade: "h2c",
    "http2-settings": "AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA"
  }
  const text = JSON.stringify(body)
  for (const [framing, sent] of [
    [{ "content-length": String(text.length) }, text],
    [{ "transfer-encoding": "chunked" }, `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`]
  ] as const) {
    it.scopedLive(
      `an offer of h2c is no upgrade: the body arrives whole (${Object.keys(framing)[0]}), ` +
        "the offer does not",
      () =>
        withGateway(ok, (started) =>
          Effect.promise(async () => {
            const socket = await dial(started)
            const heard = hear(socket)
            const lines = Object.entries({
              host: "localhost",
              "x-api-key": clientToken,
              "anthropic-version": "2023-06-01",
              ...upgrade,
              ...framing
            }).map(([name, value]) => `${name}: ${value}\r\n`)
            socket.write(`POST /v1/messages HTTP/1.1\r\n${lines.join("")}\r\n${sent}`)
            await until(() => started.upstream.requests.length === 1)
            const [seen] = started.upstream.requests
            assert.strictEqual(seen?.body.toString(), text)
            for (const name of ["upgrade", "http2-settings"])
              assert.notProperty(seen?.headers, name)
            socket.end()
            assert.match((await heard).text, /^HTTP\/1\.1 200 /)
          })
        )
    )
  }

  it.scopedLive(
    "informational answers before the real one are passed over, and nothing is asked twice",
    () =>
      Effect.gen(function* () {
        const upstream = yield* rawUpstream(({ socket }) => {
          const answer = '{"id":"msg_1"}'
          socket.write("HTTP/1.1 103 Early Hints\r\nlink: </x>; rel=preload\r\n\r\n")
          // real time: another packet for the second of them.
          setTimeout(() => {
            socket.write("HTTP/1.1 102 Processing\r\n\r\n")
            socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${answer.length}\r\n\r\n${answer}`)
          }, 20)
        })
        const options = { script: {}, stores: keys("ka", "kb"), config: configFor(upstream) }
        yield* withGateway(options, (started) =>
          Effect.gen(function* () {
            const answer = yield* ask(started)
            assert.deepStrictEqual([answer.status, answer.text], [200, '{"id":"msg_1"}'])
            assert.strictEqual(answer.headers.get("link"), null)
            assert.strictEqual(upstream.requests.length, 1)
          })
        )
      })
  )

  it.scopedLive(
    "the query and every beta arrive, in however many lines they came; a token brings its own",
    () =>
      withGateway(
        {
          script: { "sk-ant-oat01-t": () => Script.ok() },
          stores: {
            main: {
              version: 1,
              profiles: {
                "anthropic:t": { type: "token", provider: "anthropic", token: "sk-ant-oat01-t" }
              }
            }
          }
        },
        (started) =>
          Effect.promise(async () => {
            for (const path of [
              "/v1/messages?beta=true",
              "/v1/messages/count_tokens?beta=true&x=%20y"
            ]) {
              const socket = await dial(started)
              const heard = hear(socket)
              socket.write(
                `POST ${path} HTTP/1.1\r\nhost: localhost\r\nx-api-key: ${clientToken}\r\n` +
                  "authorization: Bearer of-the-client\r\nanthropic-version: 2023-06-01\r\n" +
                  "anthropic-beta: tools-2024-05-16\r\nanthropic-beta: " +
                  "oauth-2025-04-20,interleaved-thinking-2025-05-14\r\nconnection: close\r\n" +
                  `content-length: ${text.length}\r\n\r\n${text}`
              )
              assert.match((await heard).text, /^HTTP\/1\.1 200 /, path)
              const seen = started.upstream.requests.at(-1)
              assert.strictEqual(seen?.path, path)
              assert.strictEqual(seen?.headers.authorization, "Bearer sk-ant-oat01-t")
              assert.notProperty(seen?.headers, "x-api-key")
              assert.deepStrictEqual(
                String(seen?.headers["anthropic-beta"])
                  .split(",")
                  .map((beta) => beta.trim())
                  .sort(),
                ["interleaved-thinking-2025-05-14", "oauth-2025-04-20", "tools-2024-05-16"]
              )
            }
          })
      )
  )
})
