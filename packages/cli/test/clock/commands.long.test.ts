/** What commands wrote while the clock was ten years off. */
import * as fs from "node:fs"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { make } from "@clawdbot/testing/ScriptedAnthropic/ScriptedAnthropic"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { home, planted, run } from "../clawdbot.ts"
import { gateway, writeState } from "../gateway/running.ts"
import { assertAnswers, offBy, shifts, statePath } from "./offClock.ts"

describe("after a clock that was ten years off", () => {
  for (const [direction, shiftMs] of shifts) {
    it.scopedLive(`${direction}: what commands wrote then is read, kept and shown`, () =>
      Effect.gen(function* () {
        const folder = yield* home
        const upstream = yield* make({
          credentials: {
            [planted.apiKey]: () => Script.ok(),
            [planted.otherKey]: () => Script.ok()
          }
        })
        writeState(folder, upstream.url, [planted.apiKey])
        const env = offBy(shiftMs)
        const then = (argv: ReadonlyArray<string>, stdin = "") =>
          Effect.map(run(folder, argv, { env, stdin }), (ran) => {
            assert.strictEqual(ran.status, 0, `${argv.join(" ")}: ${ran.stderr}`)
            return ran.stdout
          })
        const now = (argv: ReadonlyArray<string>) =>
          Effect.map(run(folder, argv), (ran) => {
            assert.strictEqual(ran.status, 0, `${argv.join(" ")}: ${ran.stderr}`)
            assert.notMatch(`${ran.stdout}${ran.stderr}`, /NaN|Invalid|undefined|^\s+at /m)
            return ran.stdout
          })
        const added = yield* then(["gateway", "token", "add", "bot"])
        yield* then(
          [
            "models",
            "auth",
            "paste-token",
            "--provider",
            "anthropic",
            "--profile-id",
            "anthropic:new"
          ],
          planted.otherKey
        )
        yield* then(["config", "set", "gateway.usage.retentionDays", "30"])
        yield* then(["models", "auth", "logout", "anthropic:k0"])
        yield* Effect.scoped(
          Effect.gen(function* () {
            yield* assertAnswers(yield* gateway(folder, [], env))
          })
        )
        // Two writes, so that what is kept aside and the backups are turned over at the right time.
        yield* now(["models", "auth", "logout", "anthropic:k0", "--undo"])
        yield* now(["config", "set", "gateway.usage.retentionDays", "31"])
        for (const argv of [
          ["models", "status"],
          ["models", "status", "--json"],
          ["models", "auth", "explain"],
          ["gateway", "token", "list"],
          ["usage"],
          ["usage", "--json", "--since", "36500d"],
          ["config", "validate"]
        ])
          yield* now(argv)
        assert.match(fs.readFileSync(statePath(folder, "clawdbot.json.bak"), "utf8"), /: 30/)
        const running = yield* gateway(folder)
        yield* assertAnswers(running)
        yield* assertAnswers({ url: running.url, token: /cbt_\S+/.exec(added)?.[0] ?? "" })
      })
    )
  }
})
