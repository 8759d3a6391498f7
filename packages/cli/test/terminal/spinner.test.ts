/** The sign of life of a probe, seen at a terminal whose provider takes its time. */
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { make } from "@clawdbot/testing/ScriptedAnthropic/ScriptedAnthropic"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { home, planted } from "../clawdbot.ts"
import { writeState } from "../gateway/running.ts"
import { atTerminal, keys } from "./person.ts"

describe("a wait", () => {
  it.scopedLive("of more than a moment shows that something happens, and leaves nothing", () =>
    Effect.gen(function* () {
      const folder = yield* home
      const upstream = yield* make({
        credentials: { [planted.apiKey]: () => ({ _tag: "Slow", delayMs: 900, step: Script.ok() }) }
      })
      writeState(folder, upstream.url, [])
      const person = yield* atTerminal(folder, ["onboard", "--auth-choice", "apiKey", "--probe"])
      yield* person.sees("Paste your Anthropic API key")
      yield* person.types(planted.apiKey)
      yield* person.types(keys.enter)
      yield* person.sees("waiting for the provider")
      yield* person.sees("\r\u001b[K")
      yield* person.sees("Test succeeded")
      assert.strictEqual(yield* person.ended, 0)
    })
  )
})
