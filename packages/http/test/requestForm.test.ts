/** The form of requests and answers: what HTTP asks of a gateway beside passing bytes on. */
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { hostname } from "../src/requestForm.ts"
import { configFor, rawUpstream } from "./rawUpstream.ts"
import {
  adminToken,
  ask,
  body,
  clientToken,
  dial,
  hear,
  type Started,
  withGateway
} from "./world.ts"

const ok = { script: { ka: () => Script.ok() } }

/** One request in bytes; the answer up to the end of the connection. */
const say = (started: Started, head: ReadonlyArray<string>, body = "") =>
  Effect.promise(async () => {
    const socket = await dial(started)
    const heard = hear(socket)
    const lines = head.map((line) => line.replace("HERE", `127.0.0.1:${started.gateway.port}`))
    socket.write(`${[...lines, "connection: close"].join("\r\n")}\r\n\r\n${body}`)
    return (await heard).text
  })

const token = `x-api-key: ${clientToken}`

describe("the form of a request", () => {
  it.scopedLive("TRACE, TRACK and CONNECT are refused everywhere, and reach no upstream", () =>
    withGateway(ok, (started) =>
      Effect.gen(function* () {
        for (const path of ["/v1/models", "/clawdbot/status", "/metrics", "/healthz", "/nothing"]) {
          for (const key of [token, `x-api-key: ${adminToken}`]) {
            const text = yield* say(started, [`TRACE ${path} HTTP/1.1`, "host: HERE", key])
            assert.match(text, /^HTTP\/1\.1 405 Method Not Allowed\r\n/, path)
            assert.match(text, /^allow: GET, HEAD, POST/im)
            assert.notInclude(text.toLowerCase(), key)
          }
        }
        for (const line of ["TRACK /v1/models HTTP/1.1", "CONNECT evil.example:443 HTTP/1.1"]) {
          const text = yield* say(started, [line, "host: HERE", token])
          assert.match(text, /^HTTP\/1\.1 405 /, line)
          assert.match(text, /^allow: GET/m)
        }
        assert.match(yield* say(started, ["NONSENSE / HTTP/1.1", "host: HERE"]), /^HTTP\/1\.1 400 /)
        assert.strictEqual(started.upstream.requests.length, 0)
        assert.strictEqual((yield* ask(started)).status, 200)
      })
    )
  )

  it.scopedLive("a target that is a whole URL of this gateway is served as its path", () =>
    withGateway(ok, (started) =>
      Effect.gen(function* () {
        const text = JSON.stringify(body)
        const length = "content-length: 2"
        const served = yield* say(
          started,
          [
            "POST http://HERE/v1/messages?beta=%2F HTTP/1.1",
            "host: HERE",
            "anthropic-version: 2023-06-01",
            token,
            `content-length: ${text.length}`
          ],
          text
        )
        assert.match(served, /^HTTP\/1\.1 200 /)
        assert.strictEqual(started.upstream.requests[0]?.path, "/v1/messages?beta=%2F")
        const refused = [
          [["POST http://evil.example/v1/messages HTTP/1.1", "host: HERE"], 400],
          [["POST http://evil.example/v1/messages HTTP/1.1", "host: evil.example"], 403],
          [["POST http://u:p@HERE/v1/messages HTTP/1.1", "host: HERE"], 400],
          [["POST ftp://HERE/v1/messages HTTP/1.1", "host: HERE"], 400],
          [["POST http://HERE/v1/../clawdbot/status HTTP/1.1", "host: HERE"], 404],
          [["POST http:///v1/messages HTTP/1.1", "host: HERE"], 400]
        ] as const
        for (const [head, status] of refused) {
          const text = yield* say(started, [...head, token, length], "{}")
          assert.match(text, new RegExp(`^HTTP/1\\.1 ${status} `), head[0])
        }
        assert.strictEqual(started.upstream.requests.length, 1)
      })
    )
  )

  it.scopedLive("two Host lines, and a host with something behind it, are refused", () =>
    withGateway(ok, (started) =>
      Effect.gen(function* () {
        const get = "GET /v1/models HTTP/1.1"
        for (const second of ["host: evil.example", "HOST: HERE"]) {
          const text = yield* say(started, [get, "host: HERE", second, token])
          assert.match(text, /^HTTP\/1\.1 400 /, second)
        }
        const tails = [
          "[127.0.0.1].evil",
          "[::1]evil.com",
          "[::1",
          "127.0.0.1:80:80",
          "a@localhost"
        ]
        for (const host of [...tails, "127.0.0.1/x", "localhost:x"]) {
          const text = yield* say(started, [get, `host: ${host}`, token])
          assert.match(text, /^HTTP\/1\.1 40[03] /, host)
        }
        assert.strictEqual(started.upstream.requests.length, 0)
      })
    )
  )

  it("a host is a name or an address with a port, and nothing else", () => {
    const good = [
      ["localhost", "localhost"],
      ["LocalHost:1", "localhost"],
      ["127.0.0.1:", "127.0.0.1"],
      ["[::1]:65535", "::1"],
      ["", ""]
    ] as const
    for (const [text, name] of good) assert.strictEqual(hostname(text), name)
    for (const text of ["[::1]x", "[x]", "a b", "a:1:2", "a\\b", "a?b", "a:123456"])
      assert.isUndefined(hostname(text), text)
  })
})

const answer = (lines: ReadonlyArray<string>, body = "") => `${lines.join("\r\n")}\r\n\r\n${body}`

/** The gateway's answer to a request that the upstream answers with these bytes. */
const relayed = (bytes: string) =>
  Effect.gen(function* () {
    const upstream = yield* rawUpstream(({ socket }) => socket.write(bytes, "latin1"))
    return yield* withGateway({ ...ok, config: configFor(upstream) }, (started) =>
      Effect.gen(function* () {
        const text = yield* say(started, ["GET /v1/models HTTP/1.1", "host: HERE", token])
        return { text, requests: upstream.requests.length }
      })
    )
  })

describe("the form of an answer", () => {
  it.scopedLive("headers that the upstream's connection header names stop here", () =>
    Effect.gen(function* () {
      const { text } = yield* relayed(
        answer(
          [
            "HTTP/1.1 200 OK",
            "x-first: of this hop",
            "connection: keep-alive, X-First",
            "connection: x-hop",
            "x-hop: of this hop",
            "x-stays: here",
            "content-length: 2"
          ],
          "{}"
        )
      )
      assert.match(text, /^HTTP\/1\.1 200 /)
      assert.notInclude(text, "of this hop")
      assert.include(text, "x-stays: here")
      assert.isTrue(text.endsWith("{}"))
    })
  )

  it.scopedLive("a 100 that nobody asked for is passed over, however it is cut", () =>
    Effect.gen(function* () {
      const interim = "HTTP/1.1 100 Continue\r\nx-interim: 1\r\n\r\n"
      const whole = answer(["HTTP/1.1 200 OK", "content-length: 13"], "HTTP/1.1 100 ")
      const pieces = (bytes: string) => [
        [bytes],
        [bytes.slice(0, 7), bytes.slice(7)],
        [interim, bytes.slice(interim.length)],
        [...bytes]
      ]
      for (const cut of [...pieces(interim + whole), ...pieces(interim + interim + whole)]) {
        const upstream = yield* rawUpstream(async ({ socket }) => {
          for (const piece of cut) {
            socket.write(piece)
            await new Promise((resolve) => setImmediate(resolve))
          }
        })
        yield* withGateway({ ...ok, config: configFor(upstream) }, (started) =>
          Effect.gen(function* () {
            // Twice, over one connection: what is passed over leaves the next answer alone.
            for (const _ of [1, 2]) {
              const text = yield* say(started, ["GET /v1/models HTTP/1.1", "host: HERE", token])
              assert.match(text, /^HTTP\/1\.1 200 OK\r\n/, JSON.stringify(cut[0]))
              assert.isTrue(text.endsWith("\r\n\r\nHTTP/1.1 100 "), text)
              assert.notInclude(text, "x-interim")
            }
            assert.deepStrictEqual([upstream.requests.length, upstream.connections()], [2, 1])
          })
        )
      }
    })
  )

  it.scopedLive("a 204 or 304 that tells a length is whole without a body", () =>
    Effect.gen(function* () {
      for (const status of ["204 No Content", "304 Not Modified"]) {
        const head = answer([`HTTP/1.1 ${status}`, 'etag: "a"', "content-length: 5"])
        const { requests, text } = yield* relayed(head)
        assert.match(text, new RegExp(`^HTTP/1\\.1 ${status}\r\n`))
        assert.include(text, 'etag: "a"')
        assert.isTrue(text.endsWith("\r\n\r\n"), text)
        assert.strictEqual(requests, 1)
        // The length of a 304 is that of the answer that was not sent; a 204 has none.
        assert.strictEqual(/^content-length: 5/m.test(text), status.startsWith("304"))
      }
    })
  )

  it.scopedLive("what an upstream leaves behind an answer never becomes the next one", () =>
    Effect.gen(function* () {
      const stolen = answer(["HTTP/1.1 200 OK", "content-length: 6"], "stolen")
      const heads = [
        answer(["HTTP/1.1 200 OK", "content-length: 2"], "{}"),
        answer(["HTTP/1.1 204 No Content", "content-length: 5"]),
        answer(["HTTP/1.1 304 Not Modified", "content-length: 5"])
      ]
      for (const head of heads) {
        const upstream = yield* rawUpstream(({ socket }) => socket.write(head + stolen))
        yield* withGateway({ ...ok, config: configFor(upstream) }, (started) =>
          Effect.gen(function* () {
            for (const _ of [1, 2, 3]) {
              const text = yield* say(started, ["GET /v1/models HTTP/1.1", "host: HERE", token])
              assert.notInclude(text, "stolen")
            }
          })
        )
      }
    })
  )
})
