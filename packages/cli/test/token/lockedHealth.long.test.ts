/** A command whose record waits for a lock says so, and ends when it is told to. */
import * as fs from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { outputOf } from "../childOutput.ts"
import { entry, planted, start } from "../clawdbot.ts"
import { eventually } from "../eventually.ts"
import { world } from "../oauth/logins.ts"

const profile = "anthropic:a"
const a = { type: "api_key", provider: "anthropic", key: planted.apiKey }

describe("a health file that another program has locked", () => {
  for (const argv of [
    ["report", profile, "--status", "429"],
    ["clear", profile]
  ])
    it.scopedLive(`${argv[0]} says what it waits for, and SIGTERM ends it`, () =>
      Effect.gen(function* () {
        assert.isTrue(fs.existsSync(entry))
        const { home, putProfiles } = yield* world
        yield* putProfiles({ [profile]: a }, [profile])
        const lock = `${home}/.clawdbot/agents/main/agent/auth-health.json.lock`
        fs.mkdirSync(lock)
        const child = start(home, ["models", "auth", ...argv])
        yield* Effect.addFinalizer(() => Effect.sync(() => child.kill("SIGKILL")))
        const output = outputOf(child)
        yield* eventually(() => output.stderr.includes(`waiting for another program`))
        assert.include(output.stderr, lock)
        const toldAt = performance.now()
        child.kill("SIGTERM")
        yield* eventually(() => child.exitCode !== null || child.signalCode !== null)
        assert.isBelow(performance.now() - toldAt, 5_000)
        assert.notInclude(output.stdout, "cooling down")
        assert.isTrue(fs.existsSync(lock))
      })
    )
})
