/** `--agent` that names nobody. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { planted } from "../clawdbot.ts"
import { freshHome, put, run, textOf } from "../commandLine.ts"

const auth = (...rest: ReadonlyArray<string>) => ["models", "auth", ...rest]

/** Every command that takes `--agent`. */
const commands: ReadonlyArray<ReadonlyArray<string>> = [
  ["models", "status"],
  ["onboard", "--anthropic-api-key", "-"],
  auth("paste-token", "--provider", "anthropic"),
  auth("explain"),
  auth("print-token"),
  auth("refresh"),
  auth("sync"),
  auth("clear", "anthropic:default"),
  auth("disable", "anthropic:default"),
  auth("logout", "anthropic:default"),
  auth("logout", "anthropic:default", "--undo"),
  auth("order", "get", "--provider", "anthropic"),
  auth("order", "set", "--provider", "anthropic", "anthropic:default"),
  auth("order", "clear", "--provider", "anthropic"),
  ["gateway", "token", "add", "laptop"]
]

describe("--agent that does not exist", () => {
  for (const argv of commands) {
    it.scopedLive(`clawdbot ${argv.join(" ")}: an error, and no folder is made`, () =>
      Effect.gen(function* () {
        const home = yield* freshHome
        yield* put(home, ".clawdbot/clawdbot.json", `{ agents: { list: [{ id: "work" }] } }\n`)
        const done = yield* run(home, [...argv, "--agent", "wrok"], { stdin: planted.apiKey })
        assert.strictEqual(done.status, 1)
        assert.include(done.stderr, 'there is no agent "wrok"')
        assert.include(done.stderr, "did you mean --agent work?")
        assert.include(done.stderr, "fix: clawdbot agents add wrok")
        assert.isUndefined(yield* textOf(home, ".clawdbot/agents/wrok/agent/auth-profiles.json"))
      })
    )
  }

  it.scopedLive("the cure makes it; one with credentials that is not listed is one", () =>
    Effect.gen(function* () {
      const home = yield* freshHome
      const paste = auth("paste-token", "--provider", "anthropic", "--agent", "helper")
      const stdin = planted.apiKey
      assert.strictEqual((yield* run(home, paste, { stdin })).status, 1)
      yield* run(home, ["agents", "add", "helper"])
      assert.strictEqual((yield* run(home, paste, { stdin })).status, 0)
      yield* run(home, ["config", "unset", "agents"])
      const left = yield* run(home, ["models", "status", "--agent", "helper", "--json"])
      assert.strictEqual(JSON.parse(left.stdout).auth.explanation.chosen, "anthropic:manual")
    })
  )
})
