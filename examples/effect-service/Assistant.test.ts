// Its CI: a limit and its end, by the test's clock, without a network. The same in every run.
import { Credentials } from "@clawdbot/domain/Credentials"
import * as TestAnthropic from "@clawdbot/testing/TestAnthropic"
import * as TestCredentials from "@clawdbot/testing/TestCredentials"
import { assert, it } from "@effect/vitest"
import { Effect, Layer, TestClock } from "effect"
import { ask } from "./Assistant.js"

const limited = { status: 429, headers: { "retry-after": "120" } }
const World = Layer.mergeAll(
  TestCredentials.layer({ keys: { a: "key-a", b: "key-b" } }),
  TestAnthropic.layer({ "key-a": [limited, "ok"], "key-b": ["ok"] }) // provider
)

it.effect("the second key answers while the first is limited", () =>
  Effect.gen(function* () {
    assert.strictEqual((yield* ask("hi")).answeredBy, "b")
    const { nextAt = 0 } = yield* (yield* Credentials).explain()
    assert.isTrue(nextAt >= 120_000 && nextAt < 125_000)
    console.log(`nextAt ${nextAt}`)
    yield* TestClock.setTime(nextAt)
    assert.strictEqual((yield* ask("hi")).answeredBy, "a")
  }).pipe(Effect.provide(World))
)
