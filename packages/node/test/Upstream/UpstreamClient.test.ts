import { createServer, request } from "node:http"
import { connect } from "node:net"
import * as UpstreamClient from "@clawdbot/node/Upstream/UpstreamClient"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { make } from "@clawdbot/testing/ScriptedAnthropic/ScriptedAnthropic"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"

/** One request over the client; the status of its answer. */
const status = (origin: string, path = "/v1/models") =>
  Effect.flatMap(UpstreamClient.UpstreamClient, (client) =>
    Effect.async<number, Error>((resume) => {
      let seen = 0
      client.dispatch(
        {
          origin,
          path,
          method: "GET",
          headers: ["x-api-key", "ka", "anthropic-version", "2023-06-01"]
        },
        {
          onConnect: () => undefined,
          onHeaders: (code: number) => {
            seen = code
            return true
          },
          onData: () => true,
          onComplete: () => resume(Effect.succeed(seen)),
          onError: (error: Error) => resume(Effect.fail(error))
        }
      )
    })
  )

/** A forward proxy that counts what goes through it, tunnelled or not. */
const proxy = Effect.acquireRelease(
  Effect.async<{ readonly url: string; readonly asked: Array<string>; readonly close: () => void }>(
    (resume) => {
      const asked: Array<string> = []
      const server = createServer((incoming, answer) => {
        asked.push(incoming.url ?? "")
        const onward = request(
          incoming.url ?? "",
          { method: incoming.method ?? "GET", headers: incoming.headers },
          (from) => {
            answer.writeHead(from.statusCode ?? 502, from.headers)
            from.pipe(answer)
          }
        )
        incoming.pipe(onward)
      })
      server.on("connect", (incoming, socket, head) => {
        asked.push(incoming.url ?? "")
        const [host, port] = (incoming.url ?? "").split(":")
        const onward = connect(Number(port), host ?? "", () => {
          socket.write("HTTP/1.1 200 Connection established\r\n\r\n")
          onward.write(head)
          onward.pipe(socket).pipe(onward)
        })
        onward.on("error", () => socket.destroy())
        socket.on("error", () => onward.destroy())
      })
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        const port = typeof address === "object" && address !== null ? address.port : 0
        resume(
          Effect.succeed({
            url: `http://127.0.0.1:${port}`,
            asked,
            close: () => {
              server.close()
              server.closeAllConnections()
            }
          })
        )
      })
    }
  ),
  ({ close }) => Effect.sync(close)
)

describe("UpstreamClient", () => {
  it.scopedLive("keeps connections", () =>
    Effect.gen(function* () {
      const upstream = yield* make({ credentials: { ka: () => Script.ok() } })
      yield* Effect.gen(function* () {
        for (let round = 0; round < 5; round++) assert.strictEqual(yield* status(upstream.url), 200)
      }).pipe(Effect.provide(UpstreamClient.layerFrom({})))
      // A second one, because the next request is sent from within the end of the one before.
      assert.isAtMost(upstream.connections(), 2)
    })
  )

  it.scopedLive("does not follow redirects", () =>
    Effect.gen(function* () {
      const elsewhere = yield* make({ credentials: {} })
      const upstream = yield* make({
        credentials: {
          ka: Script.always({
            _tag: "Error",
            status: 307,
            headers: { location: `${elsewhere.url}/v1/models` }
          })
        }
      })
      assert.strictEqual(
        yield* Effect.provide(status(upstream.url), UpstreamClient.layerFrom({})),
        307
      )
      assert.strictEqual(elsewhere.requests.length, 0)
    })
  )

  it.scopedLive(
    "goes through the proxy of the environment, except where NO_PROXY says otherwise",
    () =>
      Effect.gen(function* () {
        const upstream = yield* make({ credentials: { ka: () => Script.ok() } })
        const between = yield* proxy
        const through = (variables: Record<string, string>) =>
          Effect.provide(status(upstream.url), UpstreamClient.layerFrom(variables))
        assert.strictEqual(yield* through({ HTTP_PROXY: between.url }), 200)
        assert.strictEqual(between.asked.length, 1)
        assert.strictEqual(yield* through({ http_proxy: between.url, NO_PROXY: "127.0.0.1" }), 200)
        assert.strictEqual(yield* through({ http_proxy: "", no_proxy: "" }), 200)
        assert.strictEqual(between.asked.length, 1)
      })
  )

  it.effect("a proxy that is no URL is told by its name, not by its value", () =>
    Effect.gen(function* () {
      const exit = yield* Effect.exit(
        Effect.scoped(Layer.build(UpstreamClient.layerFrom({ HTTPS_PROXY: "user:s3cret@proxy" })))
      )
      assert.isTrue(Exit.isFailure(exit))
      const told = Exit.isFailure(exit) ? Cause.pretty(exit.cause) : ""
      assert.include(told, "HTTPS_PROXY is not a URL")
      assert.notInclude(told, "s3cret")
    })
  )
})
