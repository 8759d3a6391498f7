/** What the spans of a request hold, and which trace they belong to. */
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { ask, streaming } from "../world.ts"
import { attributesOf } from "./collector.ts"
import { type Act, traced } from "./traced.ts"

describe("the spans of a request", () => {
  it.scopedLive("hold no content and no secret, whatever was sent and answered", () =>
    Effect.gen(function* () {
      const words = "planted words of a person"
      const { into } = yield* traced(
        {
          "sk-ant-api03-planted-one": Script.always(Script.unauthorized),
          "sk-ant-api03-planted-two": () => Script.ok({ text: "planted words of the model" })
        },
        (started) =>
          ask(started, {
            path: "/v1/messages?beta=planted",
            headers: { "x-clawdbot-session": "planted-session", cookie: "planted=1" },
            body: {
              ...streaming,
              system: words,
              metadata: { user_id: "planted-user" },
              messages: [{ role: "user", content: words }]
            }
          })
      )
      const sent = into.received.map(({ body }) => body).join("\n")
      assert.include(sent, "gen_ai.conversation.id")
      // Profiles are named after their keys here, and are what the spans are about.
      const named = /anthropic:sk-ant-api03-planted-(one|two)/g
      assert.notInclude(sent.replace(named, ""), "planted")
    })
  )

  it.scopedLive("belong to the client's trace, and none is sent of one that is not recorded", () =>
    Effect.gen(function* () {
      const trace = "0af7651916cd43dd8448eb211c80319c"
      const asked =
        (flags: string): Act =>
        (started) =>
          ask(started, { headers: { traceparent: `00-${trace}-b7ad6b7169203331-${flags}` } })
      const script = { ka: () => Script.ok() }
      const [server, attempt] = (yield* traced(script, asked("01"))).spans
      assert.deepInclude(attributesOf(server?.attributes ?? []), {
        "gen_ai.response.model": "claude-opus-4-5",
        "gen_ai.usage.input_tokens": 12,
        "clawdbot.profile": "anthropic:ka"
      })
      assert.deepInclude(server, { traceId: trace, parentSpanId: "b7ad6b7169203331" })
      assert.deepInclude(attempt, { traceId: trace, parentSpanId: server?.spanId })
      assert.deepStrictEqual((yield* traced(script, asked("00"))).spans, [])
    })
  )
})
