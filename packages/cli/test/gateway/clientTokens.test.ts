import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { make } from "@clawdbot/testing/ScriptedAnthropic/ScriptedAnthropic"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { home, planted } from "../clawdbot.ts"
import { freshHome, put, run, textOf } from "../commandLine.ts"
import { gatewayHere, writeState } from "./running.ts"

const file = ".clawdbot/gateway-clients.json"

it.scopedLive("CLAWDBOT_GATEWAY_TOKEN alone sets the gateway's token, which is not printed", () =>
  Effect.gen(function* () {
    const folder = yield* home
    const upstream = yield* make({ credentials: { [planted.apiKey]: () => Script.ok() } })
    writeState(folder, upstream.url, [planted.apiKey])
    const given = "planted-token-of-a-container"
    const running = yield* gatewayHere(folder, {
      variables: { CLAWDBOT_GATEWAY_TOKEN: given }
    })
    const statusFor = (key: string) =>
      Effect.promise(async () => {
        const headers = { "x-api-key": key, "anthropic-version": "2023-06-01" }
        const body = `{"model":"claude-opus-4-5","max_tokens":1,"messages":[]}`
        return (await fetch(`${running.url}/v1/messages`, { method: "POST", headers, body })).status
      })
    assert.strictEqual(yield* statusFor(given), 200)
    assert.strictEqual(yield* statusFor("another"), 401)
    assert.notInclude(running.text(), given)
    assert.include(running.text(), "client token   set by CLAWDBOT_GATEWAY_TOKEN (not shown)")
    assert.include(running.text(), "ANTHROPIC_API_KEY=$CLAWDBOT_GATEWAY_TOKEN")
  })
)

describe("clawdbot gateway token", () => {
  it.scopedLive("makes tokens that are shown once and kept as hashes, lists and revokes them", () =>
    Effect.gen(function* () {
      const folder = yield* freshHome
      const made = yield* run(folder, ["gateway", "token", "add", "laptop", "--agent", "main"])
      assert.match(made.stdout, /^cbt_[\w-]{43}$/)
      assert.strictEqual((yield* run(folder, ["gateway", "token", "add", "phone"])).status, 0)
      const kept = (yield* textOf(folder, file)) ?? ""
      assert.notInclude(kept, made.stdout)
      const listed = yield* run(folder, ["gateway", "token", "list", "--json"])
      assert.deepStrictEqual(
        JSON.parse(listed.stdout).clients.map(
          ({ agent, name }: { agent?: string; name: string }) => [name, agent]
        ),
        [
          ["laptop", "main"],
          ["phone", undefined]
        ]
      )
      const again = yield* run(folder, ["gateway", "token", "add", "laptop"])
      assert.strictEqual(again.status, 1)
      assert.include(again.stderr, "clawdbot gateway token revoke laptop")
      assert.strictEqual((yield* run(folder, ["gateway", "token", "add", "../x"])).status, 1)
      assert.strictEqual((yield* run(folder, ["gateway", "token", "revoke", "laptop"])).status, 0)
      assert.strictEqual((yield* run(folder, ["gateway", "token", "revoke", "laptop"])).status, 1)
      assert.notInclude((yield* run(folder, ["gateway", "token", "list"])).stdout, "laptop")
    })
  )

  it.scopedLive("keeps what a newer version wrote", () =>
    Effect.gen(function* () {
      const folder = yield* freshHome
      const phone = { hash: "0".repeat(64), createdAt: 1, scopes: ["messages"] }
      yield* put(folder, file, JSON.stringify({ version: 1, clients: { phone }, quota: 5 }))
      assert.strictEqual((yield* run(folder, ["gateway", "token", "add", "laptop"])).status, 0)
      const kept = JSON.parse((yield* textOf(folder, file)) ?? "")
      assert.deepStrictEqual(kept.clients.phone, phone)
      assert.strictEqual(kept.quota, 5)
    })
  )

  it.scopedLive("never replaces a file that holds something else", () =>
    Effect.gen(function* () {
      const folder = yield* freshHome
      yield* put(folder, file, "{ not ours")
      assert.strictEqual((yield* run(folder, ["gateway", "token", "add", "laptop"])).status, 1)
      assert.strictEqual(yield* textOf(folder, file), "{ not ours")
    })
  )

  it.scopedLive(
    "a gateway that runs takes a token and refuses a revoked one without a restart",
    () =>
      Effect.gen(function* () {
        const folder = yield* home
        const upstream = yield* make({ credentials: { [planted.apiKey]: () => Script.ok() } })
        writeState(folder, upstream.url, [planted.apiKey])
        const { url } = yield* gatewayHere(folder)
        const made = yield* run(folder, ["gateway", "token", "add", "laptop"])
        const becomes = (status: number) =>
          Effect.promise(async () => {
            const answer = await fetch(`${url}/v1/models`, {
              headers: { "x-api-key": made.stdout.trim() }
            })
            await answer.arrayBuffer()
            return answer.status === 401 ? 401 : 200
          }).pipe(
            Effect.flatMap((got) => (got === status ? Effect.void : Effect.fail(got))),
            // real time: looks until it holds, with a bound.
            Effect.retry(Schedule.spaced("100 millis").pipe(Schedule.upTo("10 seconds")))
          )
        yield* becomes(200)
        yield* run(folder, ["gateway", "token", "revoke", "laptop"])
        yield* becomes(401)
      })
  )
})
