import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { make } from "@clawdbot/testing/ScriptedAnthropic/ScriptedAnthropic"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { toText } from "../../src/gateway/status.ts"
import { home, planted, run as runProcess } from "../clawdbot.ts"
import { runWhole as run } from "../commandLine.ts"
import { gatewayHere, writeState } from "./running.ts"

const message = JSON.stringify({
  model: "claude-opus-4-5",
  max_tokens: 8,
  messages: [{ role: "user", content: "hi" }]
})

describe("a gateway that runs", () => {
  it("tells its requests also where its profiles cannot be told", () => {
    const text = toText(
      {
        gateway: undefined,
        auth: { error: { _tag: "StoreCorrupt", message: "the store is broken" } },
        requests: []
      },
      0
    ).join("\n")
    assert.include(text, "The profiles cannot be read: the store is broken")
    assert.include(text, "No requests yet")
  })

  it.scopedLive(
    "tells its requests and hands out what it alone knows, over its socket; a second one " +
      "leaves it alone",
    () =>
      Effect.gen(function* () {
        const folder = yield* home
        const upstream = yield* make({ credentials: { [planted.apiKey]: () => Script.ok() } })
        writeState(folder, upstream.url, [])
        const without = yield* run(folder, ["gateway", "status"])
        assert.deepStrictEqual([without.status, without.stdout], [1, ""])
        assert.include(without.stderr, "fix: to start it: clawdbot gateway")

        const gateway = yield* gatewayHere(folder, {
          variables: { ANTHROPIC_API_KEY: planted.apiKey }
        })
        const answer = yield* Effect.promise(() =>
          fetch(`${gateway.url}/v1/messages`, {
            method: "POST",
            headers: { "x-api-key": gateway.token, "anthropic-version": "2023-06-01" },
            body: message
          })
        )
        assert.strictEqual(answer.status, 200)
        yield* Effect.promise(() => answer.text())
        const status = yield* run(folder, ["gateway", "status", "--json"])
        const document = JSON.parse(status.stdout)
        assert.deepStrictEqual(
          document.requests.map(
            (one: {
              path: string
              status: number
              attempts: ReadonlyArray<{ profile: string }>
            }) => [one.path, one.status, one.attempts.map(({ profile }) => profile)]
          ),
          [["/v1/messages", 200, ["env:ANTHROPIC_API_KEY"]]]
        )
        assert.strictEqual(document.auth.explanation.chosen, "env:ANTHROPIC_API_KEY")
        const shown = (yield* run(folder, ["gateway", "status"])).stdout
        assert.include(shown, "Next credential: env:ANTHROPIC_API_KEY")
        assert.include(shown, "env:ANTHROPIC_API_KEY answered")

        // Its key is in the environment of that gateway alone.
        const handed = yield* runProcess(folder, ["models", "auth", "print-token"])
        assert.deepStrictEqual(
          [handed.status, handed.stdout],
          [0, `${planted.apiKey}\n`],
          handed.stderr
        )
        const none = yield* run(folder, [
          "models",
          "auth",
          "print-token",
          "--profile-id",
          "anthropic:none"
        ])
        assert.strictEqual(none.status, 4)
        assert.include(none.stderr, "No credentials found for")

        // What another program was answered is the gateway's to know: the key is in no store.
        const report = ["models", "auth", "report", "env:ANTHROPIC_API_KEY", "--status", "429"]
        const taken = yield* run(folder, [...report, "--retry-after", "30"])
        assert.deepStrictEqual([taken.status, taken.stderr], [0, ""])
        assert.include(taken.stdout, "env:ANTHROPIC_API_KEY: cooling down until")

        const second = yield* runProcess(folder, ["gateway", "--port", "0"])
        assert.strictEqual(second.status, 1)
        assert.include(second.stderr, "another gateway already runs on this state folder")
        assert.strictEqual((yield* run(folder, ["gateway", "status"])).status, 0)
        assert.notInclude(gateway.text() + status.stdout + second.stderr, planted.apiKey)
      })
  )
})
