import * as UpstreamClient from "@clawdbot/node/Upstream/UpstreamClient"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { make } from "@clawdbot/testing/ScriptedAnthropic/ScriptedAnthropic"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { codeOf } from "../../src/File/FileFailure.ts"
import { httpProxy, oddProxy, socksProxy } from "./proxies.ts"

/** Some requests one after the other; the headers the last one arrived with are the upstream's. */
const ask = (origin: string, times = 1) =>
  Effect.flatMap(UpstreamClient.UpstreamClient, (client) =>
    Effect.forEach(Array.from({ length: times }), () =>
      Effect.async<number, Error>((resume) => {
        let seen = 0
        client.dispatch(
          {
            origin,
            path: "/v1/models",
            method: "GET",
            headers: [
              "x-api-key",
              "ka",
              "anthropic-version",
              "2023-06-01",
              "anthropic-beta",
              "one",
              "anthropic-beta",
              "two"
            ]
          },
          {
            onRequestStart: () => undefined,
            onResponseStart: (_controller, status) => {
              seen = status
            },
            onResponseData: () => undefined,
            onResponseEnd: () => resume(Effect.succeed(seen)),
            onResponseError: (_controller, error) => resume(Effect.fail(error))
          }
        )
      })
    )
  )

const portOf = (url: string): number => Number(new URL(url).port)

/** Asks an origin through a proxy. */
const through = (proxy: string, origin: string, times = 1, connectMs = 10_000) =>
  Effect.provide(
    ask(origin, times),
    UpstreamClient.layerFrom(
      { ALL_PROXY: proxy },
      { ...UpstreamClient.standardTimeouts, connectMs }
    )
  )

const provider = "http://provider.example:8080"

describe("a request through a proxy", () => {
  it.scopedLive("of HTTP arrives as it was sent, over connections that are used again", () =>
    Effect.gen(function* () {
      const upstream = yield* make({ credentials: { ka: () => Script.ok() } })
      const { asked, port } = yield* httpProxy(portOf(upstream.url), "me:p@ss")
      assert.deepStrictEqual(
        yield* through(`http://me:p%40ss@127.0.0.1:${port}`, provider, 3),
        [200, 200, 200]
      )
      const login = Buffer.from("me:p@ss").toString("base64")
      assert.include(
        [1, 2].map((count) =>
          Array.from({ length: count }, () => `CONNECT provider.example:8080 Basic ${login}`).join()
        ),
        asked.join()
      )
      const beta = upstream.requests.at(-1)?.headers["anthropic-beta"]
      assert.strictEqual(String(beta).replaceAll(" ", ""), "one,two")
    })
  )

  const socks: ReadonlyArray<readonly [string, 4 | 5, string, string]> = [
    ["socks5h", 5, "provider.example", "socks5 name provider.example 8080"],
    ["socks5h", 5, "192.0.2.1", "socks5 ipv4 192.0.2.1 8080"],
    ["socks5h", 5, "[2001:db8::a:1]", "socks5 ipv6 20010db80000000000000000000a0001 8080"],
    ["socks5", 5, "192.0.2.1", "socks5 ipv4 192.0.2.1 8080"],
    ["socks4a", 4, "provider.example", "socks4 name provider.example 8080"],
    ["socks4a", 4, "192.0.2.1", "socks4 ipv4 192.0.2.1 8080"],
    ["socks4", 4, "192.0.2.1", "socks4 ipv4 192.0.2.1 8080"]
  ]
  for (const [scheme, version, host, expected] of socks) {
    it.scopedLive(`of ${scheme} to ${host}`, () =>
      Effect.gen(function* () {
        const upstream = yield* make({ credentials: { ka: () => Script.ok() } })
        const { asked, port } = yield* socksProxy(version, portOf(upstream.url))
        const statuses = yield* through(`${scheme}://127.0.0.1:${port}`, `http://${host}:8080`)
        assert.deepStrictEqual([statuses, asked], [[200], [expected]])
      })
    )
  }

  it.scopedLive("with a user and a password, also of SOCKS", () =>
    Effect.gen(function* () {
      const upstream = yield* make({ credentials: { ka: () => Script.ok() } })
      const { port } = yield* socksProxy(5, portOf(upstream.url), "me:secret")
      const proxy = (login: string) => `socks5h://${login}127.0.0.1:${port}`
      assert.deepStrictEqual(yield* through(proxy("me:secret@"), provider), [200])
      for (const login of ["", "me:wrong@"]) {
        const failure = yield* Effect.flip(through(proxy(login), provider))
        assert.match(failure.message, /user name and (?:a )?password/)
      }
    })
  )

  it.scopedLive("fails with words where the proxy refuses", () =>
    Effect.gen(function* () {
      const { port } = yield* httpProxy(1, "me:secret")
      const failure = yield* Effect.flip(through(`http://127.0.0.1:${port}`, provider))
      assert.strictEqual(failure.message, "the proxy requires a user name and a password")
      assert.strictEqual(codeOf(failure), "PROXY_407")
      const gone = yield* Effect.flip(through("socks5h://127.0.0.1:1", provider))
      assert.strictEqual(codeOf(gone), "ECONNREFUSED")
    })
  )

  for (const scheme of ["http", "socks5h", "socks4a"]) {
    it.scopedLive(`ends in time where a proxy of ${scheme} says nothing, or something else`, () =>
      Effect.gen(function* () {
        const silent = yield* oddProxy(() => undefined)
        const late = yield* Effect.flip(
          through(`${scheme}://127.0.0.1:${silent.port}`, provider, 1, 300)
        )
        assert.include(["ABORT_ERR", "ETIMEDOUT"], codeOf(late))
        const closing = yield* oddProxy((socket) => socket.end())
        yield* Effect.flip(through(`${scheme}://127.0.0.1:${closing.port}`, provider))
        const other = yield* oddProxy((socket) => socket.write("SSH-2.0-OpenSSH\r\n"))
        yield* Effect.flip(through(`${scheme}://127.0.0.1:${other.port}`, provider, 1, 1_000))
      })
    )
  }

  it.scopedLive("never where it is for this machine", () =>
    Effect.gen(function* () {
      const upstream = yield* make({ credentials: { ka: () => Script.ok() } })
      assert.deepStrictEqual(yield* through("http://127.0.0.1:1", upstream.url), [200])
    })
  )
})
