/** What `onboard` writes besides a credential, and what it says of it. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { planted } from "../clawdbot.ts"
import { freshHome, put, run, textOf } from "../commandLine.ts"

const config = ".clawdbot/clawdbot.json"
const store = ".clawdbot/agents/main/agent/auth-profiles.json"
const skip = ["onboard", "--non-interactive", "--accept-risk", "--auth-choice", "skip"]

describe("onboard", () => {
  it.scopedLive("with skip says what was set up, and that nothing was only where nothing was", () =>
    Effect.gen(function* () {
      const home = yield* freshHome
      assert.strictEqual((yield* run(home, skip)).stdout, "Nothing was set up.")
      const port = [...skip, "--gateway-port", "19000"]
      const updated = "Updated HOME/.clawdbot/clawdbot.json: gateway.port".replace("HOME", "~")
      assert.strictEqual((yield* run(home, port)).stdout, updated)
      const again = (yield* run(home, port)).stdout
      assert.strictEqual(again, "~/.clawdbot/clawdbot.json already has: gateway.port")
    })
  )

  it.scopedLive("tells programs the settings that are in force", () =>
    Effect.gen(function* () {
      const home = yield* freshHome
      yield* put(home, config, `{ gateway: { port: 19001, bind: "lan" } }`)
      const { stdout } = yield* run(home, [...skip, "--json"])
      assert.deepInclude(JSON.parse(stdout).gateway, { port: 19_001, bind: "lan" })
    })
  )

  const open: ReadonlyArray<readonly [string, ReadonlyArray<string>]> = [
    ["{}", ["--gateway-bind", "lan", "--gateway-auth", "off"]],
    [`{ gateway: { bind: "lan" } }`, ["--gateway-auth", "off"]],
    [`{ gateway: { auth: { mode: "none" } } }`, ["--gateway-bind", "lan"]]
  ]
  for (const [text, flags] of open) {
    it.scopedLive(`${flags.join(" ")} over ${text} is refused, and nothing is written`, () =>
      Effect.gen(function* () {
        const home = yield* freshHome
        yield* put(home, config, text)
        const argv = ["onboard", "--anthropic-api-key", "-", ...flags]
        const stdin = planted.apiKey
        const refused = yield* run(home, argv, { stdin })
        assert.strictEqual(refused.status, 2)
        assert.include(refused.stderr, "--gateway-bind loopback")
        assert.include(refused.stderr, "did you mean --gateway-auth token?")
        assert.strictEqual(yield* textOf(home, config), text)
        assert.isUndefined(yield* textOf(home, store))
        // Both cures.
        const kept = argv.filter((word) => word !== "--gateway-auth" && word !== "off")
        const token = yield* run(home, [...kept, "--gateway-auth", "token"], { stdin })
        assert.strictEqual(token.status, 0, token.stderr)
        const near = [...skip, "--gateway-bind", "loopback", "--gateway-auth", "off"]
        assert.strictEqual((yield* run(home, near)).status, 0)
      })
    )
  }

  it.scopedLive("leaves the config alone where the credential is refused", () =>
    Effect.gen(function* () {
      const home = yield* freshHome
      const argv = ["onboard", "--anthropic-api-key", "-", "--gateway-port", "19000"]
      assert.strictEqual((yield* run(home, argv, { stdin: "sk-ant-..." })).status, 1)
      assert.isUndefined(yield* textOf(home, config))
    })
  )
})
