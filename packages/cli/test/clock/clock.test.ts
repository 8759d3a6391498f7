/** Limits and logins that were noted while the clock was ten years off. */
import * as fs from "node:fs"
import * as Endpoint from "@clawdbot/testing/OAuth/ScriptedTokenEndpoint"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { make } from "@clawdbot/testing/ScriptedAnthropic/ScriptedAnthropic"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { home, planted } from "../clawdbot.ts"
import { runWhole as run } from "../commandLine.ts"
import { eventually } from "../eventually.ts"
import { gateway, gatewayHere, writeState } from "../gateway/running.ts"
import { record } from "../oauth/logins.ts"
import { ask, assertAnswers, offBy, shifts, statePath } from "./offClock.ts"

describe("after a clock that was ten years off", () => {
  for (const [direction, shiftMs] of shifts) {
    it.scopedLive(
      `${direction}: limits that were noted then, with their end and with no word of it, hold ` +
        "nobody back",
      () =>
        Effect.gen(function* () {
          const folder = yield* home
          let isLimited = true
          /** Limited; later it answers once, so that each key has to serve a request. */
          const once = (headers: Readonly<Record<string, string>>) => {
            let answers = 0
            return () => {
              if (isLimited || answers > 0) return Script.rateLimited(headers)
              answers += 1
              return Script.ok()
            }
          }
          const upstream = yield* make({
            credentials: {
              [planted.apiKey]: once({ "retry-after": "3600" }),
              [planted.otherKey]: once({})
            }
          })
          writeState(folder, upstream.url, [planted.apiKey, planted.otherKey])
          const years = yield* Effect.scoped(
            Effect.gen(function* () {
              const running = yield* gateway(folder, [], offBy(shiftMs))
              // The second one is a trial of the cooldown that was a guess.
              for (let times = 0; times < 2; times++) assert.strictEqual(yield* ask(running), 429)
              const file = statePath(folder, "agents/main/agent/auth-health.json")
              const observed = () => {
                const text = fs.existsSync(file) ? fs.readFileSync(file, "utf8") : ""
                const areNoted = ["anthropic:k0", "anthropic:k1"].every((id) => text.includes(id))
                return areNoted ? [...text.matchAll(/"observedAt": (\d+)/g)] : []
              }
              yield* eventually(() => observed().length > 1)
              return observed().map(([, at]) => new Date(Number(at)).getUTCFullYear())
            })
          )
          for (const year of years)
            assert.approximately(year, new Date(Date.now() + shiftMs).getUTCFullYear(), 1)
          isLimited = false
          const running = yield* gatewayHere(folder)
          yield* assertAnswers(running)
          yield* assertAnswers(running)
        })
    )

    it.scopedLive(`${direction}: a login that was refreshed then is one that works`, () =>
      Effect.gen(function* () {
        const folder = yield* home
        const endpoint = yield* Endpoint.make
        const tokens = endpoint.families.signIn()
        let isOver = false
        // The access token that was granted then has ended when the clock is right again.
        const upstream = yield* make({
          credentials: Object.fromEntries(
            [2, 3, 4].map((generation) => [
              `sk-ant-oat01-1-${generation}-${"x".repeat(24)}`,
              () => (generation === 2 && isOver ? Script.unauthorized : Script.ok())
            ])
          )
        })
        writeState(folder, upstream.url, [])
        fs.writeFileSync(
          statePath(folder, "agents/main/agent/auth-profiles.json"),
          JSON.stringify({ version: 1, profiles: { "anthropic:me": record(tokens, 1) } })
        )
        const anthropic = { baseUrl: upstream.url, oauth: { tokenUrl: endpoint.url } }
        fs.writeFileSync(
          statePath(folder, "clawdbot.json"),
          JSON.stringify({ models: { providers: { anthropic } } })
        )
        yield* Effect.scoped(
          Effect.gen(function* () {
            yield* assertAnswers(yield* gateway(folder, [], offBy(shiftMs)))
          })
        )
        assert.lengthOf(endpoint.requests, 1)
        isOver = true
        const running = yield* gatewayHere(folder)
        yield* assertAnswers(running)
        yield* assertAnswers(running)
        assert.lengthOf(endpoint.requests, 2)
        assert.strictEqual((yield* run(folder, ["models", "auth", "print-token"])).status, 0)
      })
    )
  }
})
