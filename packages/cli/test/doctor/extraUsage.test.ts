/** What `doctor` and the reports say of a plan that is used up and goes on for money. */

import * as Credential from "@clawdbot/domain/Profile/Credential"
import * as ProviderId from "@clawdbot/domain/Profile/ProviderId"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { freshHome, put, run } from "../commandLine.ts"

const agent = ".clawdbot/agents/main/agent"
const now = 1_800_000_000_000
const hour = 3_600_000
const token = `sk-ant-oat01-${"A".repeat(80)}`
const secretFingerprint = Credential.secretFingerprint({
  type: "token",
  provider: ProviderId.anthropic,
  token: Redacted.make(token),
  extra: Credential.noExtra
})

/** A home whose only plan goes on as extra usage. */
const homeWith = (extraUsage: "allow" | "never") =>
  Effect.gen(function* () {
    yield* TestClock.setTime(now)
    const home = yield* freshHome
    const config = { gateway: { port: 1 }, auth: { extraUsage } }
    yield* put(home, ".clawdbot/clawdbot.json", JSON.stringify(config))
    const plan = { type: "token", provider: "anthropic", token }
    yield* put(
      home,
      `${agent}/auth-profiles.json`,
      JSON.stringify({ version: 1, profiles: { "anthropic:plan": plan } })
    )
    const week = {
      scope: "7d",
      until: now + 30 * hour,
      class: "usage",
      source: "extra-usage",
      utilization: 1.01,
      observedAt: now - 1_000
    }
    yield* put(
      home,
      `${agent}/auth-health.json`,
      JSON.stringify({
        version: 1,
        profiles: { "anthropic:plan": { secretFingerprint, windows: [week] } }
      })
    )
    return home
  })

describe("a plan that goes on as extra usage", () => {
  it.scoped("is named by doctor as a note, with the command that refuses it", () =>
    Effect.gen(function* () {
      const home = yield* homeWith("allow")
      const { status, stdout } = yield* run(home, ["doctor"])
      assert.strictEqual(status, 0)
      assert.include(stdout, "requests of agent main go on as extra usage")
      assert.include(stdout, "anthropic:plan: 7-day, resets in")
      assert.include(stdout, "clawdbot config set auth.extraUsage never")
      const report = yield* run(home, ["models", "status"])
      assert.match(report.stdout, /101 %,\s+extra\s+usage/)
    })
  )

  it.scoped("is a limit where the config refuses it, and doctor names the other way", () =>
    Effect.gen(function* () {
      const home = yield* homeWith("never")
      const { status, stdout } = yield* run(home, ["doctor"])
      assert.strictEqual(status, 1)
      assert.include(stdout, "no credential is available for agent main now")
      assert.include(stdout, "used up; extra usage is refused by auth.extraUsage")
      assert.include(stdout, "clawdbot config set auth.extraUsage allow")
      assert.notInclude(stdout, "go on as extra usage\n")
      const explained = yield* run(home, ["models", "auth", "explain"])
      assert.strictEqual(explained.status, 3)
      assert.include(explained.stdout, "(used up; extra usage is refused by auth.extraUsage)")
    })
  )
})
