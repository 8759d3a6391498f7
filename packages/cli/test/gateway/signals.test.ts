/**
 * How the gateway ends: what is under way is answered first, and the exit status says by what it
 * was ended (decision D23).
 */
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { make } from "@clawdbot/testing/ScriptedAnthropic/ScriptedAnthropic"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { home, planted } from "../clawdbot.ts"
import { eventually } from "../eventually.ts"
import { gateway, writeState } from "./running.ts"

describe("a gateway that is stopped", () => {
  for (const [signal, expected] of [
    ["SIGTERM", 0],
    ["SIGINT", 130]
  ] as const) {
    it.scopedLive(
      `by ${signal}: ends a stream that is under way whole, then ends with ${expected}`,
      () =>
        Effect.gen(function* () {
          const folder = yield* home
          const upstream = yield* make({
            credentials: { [planted.apiKey]: Script.always(Script.ok({ gapMs: 200 })) }
          })
          writeState(folder, upstream.url, [planted.apiKey])
          const { child, text, token, url } = yield* gateway(folder)
          child.removeAllListeners("exit")
          const ended = new Promise<number | null>((resolve) => child.once("exit", resolve))
          const asking = yield* Effect.fork(
            Effect.promise(() =>
              fetch(`${url}/v1/messages`, {
                method: "POST",
                headers: { "x-api-key": token, "anthropic-version": "2023-06-01" },
                body: '{"model":"claude-opus-4-5","max_tokens":1,"stream":true,"messages":[{"role":"user","content":"hi"}]}'
              }).then(async (response) => ({
                status: response.status,
                text: await response.text()
              }))
            )
          )
          yield* eventually(() => upstream.requests.length > 0)
          child.kill(signal)
          const answer = yield* Fiber.join(asking)
          assert.strictEqual(answer.status, 200)
          assert.include(answer.text, "message_stop")
          assert.strictEqual(yield* Effect.promise(() => ended), expected, text())
          assert.notMatch(text(), /^\s+at /m)
        })
    )
  }
})
