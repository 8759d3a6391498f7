import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { ask, body, withGateway } from "./world.ts"

const config = {
  agents: {
    defaults: { models: { "anthropic/claude-opus-4-5": { params: { cacheControlTtl: "1h" } } } }
  }
}
const both = {
  main: {
    profiles: {
      o: { type: "token", provider: "anthropic", token: "sk-ant-oat01-t" },
      k: { type: "api_key", provider: "anthropic", key: "ka" }
    },
    order: { anthropic: ["o", "k"] }
  }
}
const spaced = (mark: string) =>
  '{ "model" : "claude-opus-4-5", "max_tokens":1.0, "system":[ ' +
  `{"type":"text","text":"ü","cache_control": {${mark}}} ],"messages":[]}`
const plain = spaced('"type":"ephemeral"')
const set = spaced('"ttl":"1h","type":"ephemeral"')

describe("cacheControlTtl", () => {
  it.scopedLive("is spliced into requests with an API key, and into no other byte", () =>
    withGateway({ script: { ka: () => Script.ok() }, config }, (started) =>
      Effect.gen(function* () {
        yield* ask(started, { body: plain })
        yield* ask(started, { body: plain.replace("opus", "sonnet") })
        yield* ask(started, { body: plain, path: "/v1/messages/count_tokens" })
        yield* ask(started, { body: spaced('"type":"ephemeral","ttl":"5m"') })
        assert.deepStrictEqual(
          started.upstream.requests.map((request) => request.body.toString("utf8")),
          [set, plain.replace("opus", "sonnet"), plain, spaced('"type":"ephemeral","ttl":"5m"')]
        )
      })
    )
  )

  it.scopedLive(
    "a login's request stays as it is; the key that is tried after it gets the splice",
    () =>
      withGateway(
        {
          script: { "sk-ant-oat01-t": Script.always(Script.rateLimited()), ka: () => Script.ok() },
          stores: both,
          config: { ...config, auth: { payAsYouGoFallback: true } }
        },
        (started) =>
          Effect.gen(function* () {
            assert.strictEqual((yield* ask(started, { body: plain })).status, 200)
            assert.deepStrictEqual(
              started.upstream.requests.map((request) => [
                request.credential,
                request.body.toString("utf8")
              ]),
              [
                ["sk-ant-oat01-t", plain],
                ["ka", set]
              ]
            )
          })
      )
  )

  it.scopedLive("nothing is spliced unless it is configured", () =>
    withGateway({ script: { ka: () => Script.ok() } }, (started) =>
      Effect.gen(function* () {
        yield* ask(started, { body: plain })
        yield* ask(started, { body })
        assert.strictEqual(started.upstream.requests[0]?.body.toString("utf8"), plain)
      })
    )
  )
})
