import * as UpstreamClient from "@clawdbot/node/Upstream/UpstreamClient"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { make } from "@clawdbot/testing/ScriptedAnthropic/ScriptedAnthropic"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
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

  it.effect("a proxy that cannot be used is a typed error, and its value is not told", () =>
    Effect.gen(function* () {
      const refused = yield* Effect.flip(
        Effect.scoped(Layer.build(UpstreamClient.layerFrom({ HTTPS_PROXY: "ftp://me:s3cret@x" })))
      )
      assert.strictEqual(refused._tag, "ProxyUnusable")
      assert.strictEqual(refused.variable, "HTTPS_PROXY")
      assert.notInclude(JSON.stringify(refused) + refused.message, "s3cret")
    })
  )
})
