import * as fs from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { home, planted } from "../clawdbot.ts"
import { run } from "../commandLine.ts"

const config = ".clawdbot/clawdbot.json"
const text = `{
  // chosen with care
  agents: {
    defaults: {
      model: { primary: 'anthropic/claude-opus-4-5' }, // for thinking
      models: { 'anthropic/claude-opus-4-5': { params: { cacheControlTtl: "1h" } } },
    },
  },
}
`

const withConfig = Effect.map(home, (folder) => {
  fs.mkdirSync(`${folder}/.clawdbot`)
  fs.writeFileSync(`${folder}/${config}`, text)
  return folder
})

describe("models", () => {
  it.scopedLive("set changes one line and leaves the rest of the text alone", () =>
    Effect.gen(function* () {
      const folder = yield* withConfig
      const done = yield* run(folder, ["models", "set", "anthropic/sonnet-4.5"])
      assert.strictEqual(done.status, 0, done.stderr)
      assert.include(done.stdout, "Default model: anthropic/claude-sonnet-4-5")
      const after = fs.readFileSync(`${folder}/${config}`, "utf8")
      assert.include(after, "// chosen with care")
      assert.include(after, "model: { primary: 'anthropic/claude-sonnet-4-5' }, // for thinking")
      assert.include(after, 'params: { cacheControlTtl: "1h" }')
      const again = yield* run(folder, ["models", "set", "anthropic/claude-sonnet-4-5"])
      assert.include(again.stdout, "already set")
      assert.strictEqual(fs.readFileSync(`${folder}/${config}`, "utf8"), after)
    })
  )

  it.scopedLive(
    "an alias belongs to one model, in any case; a built-in one can be taken away",
    () =>
      Effect.gen(function* () {
        const folder = yield* withConfig
        assert.strictEqual(
          (yield* run(folder, ["models", "aliases", "add", "Fast", "anthropic/claude-haiku-4-5"]))
            .status,
          0
        )
        const taken = yield* run(folder, [
          "models",
          "aliases",
          "add",
          "fast",
          "anthropic/claude-opus-4-5"
        ])
        assert.strictEqual(taken.status, 1)
        assert.include(taken.stderr, "anthropic/claude-haiku-4-5")
        yield* run(folder, ["models", "aliases", "remove", "opus"])
        const left = yield* run(folder, ["models", "aliases", "list", "--json"])
        assert.deepStrictEqual(JSON.parse(left.stdout), {
          aliases: { Fast: "anthropic/claude-haiku-4-5" }
        })
        assert.include(
          (yield* run(folder, ["models", "set", "FAST"])).stdout,
          "anthropic/claude-haiku-4-5"
        )
      })
  )
})

describe("models auth", () => {
  const store = ".clawdbot/agents/main/agent/auth-profiles.json"
  const withProfiles = Effect.gen(function* () {
    const folder = yield* home
    yield* run(folder, ["onboard", "--anthropic-api-key", "-"], { stdin: planted.apiKey })
    yield* run(folder, ["models", "auth", "paste-token", "--provider", "anthropic"], {
      stdin: planted.setupToken
    })
    return folder
  })
  const explain = (folder: string) =>
    Effect.map(run(folder, ["models", "auth", "explain", "--json"]), ({ stdout }) => {
      const value = JSON.parse(stdout) as {
        chosen?: string
        rejected: ReadonlyArray<{ profile: string; reason: string }>
      }
      return value
    })

  it.scopedLive("order decides who goes first, all or nothing", () =>
    Effect.gen(function* () {
      const folder = yield* withProfiles
      assert.strictEqual((yield* explain(folder)).chosen, "anthropic:manual")
      const before = fs.readFileSync(`${folder}/${store}`, "utf8")
      const bad = yield* run(folder, [
        "models",
        "auth",
        "order",
        "set",
        "--provider",
        "anthropic",
        "anthropic:default",
        "anthropic:none"
      ])
      assert.strictEqual(bad.status, 1)
      assert.strictEqual(fs.readFileSync(`${folder}/${store}`, "utf8"), before)
      yield* run(folder, [
        "models",
        "auth",
        "order",
        "set",
        "--provider",
        "Anthropic",
        "anthropic:default"
      ])
      const only = yield* explain(folder)
      assert.deepStrictEqual(
        [only.chosen, only.rejected.map(({ profile, reason }) => `${profile}: ${reason}`)],
        ["anthropic:default", ["anthropic:manual: not in the order"]]
      )
      yield* run(folder, ["models", "auth", "order", "clear", "--provider", "anthropic"])
      assert.strictEqual((yield* explain(folder)).chosen, "anthropic:manual")
    })
  )

  it.scopedLive("a disabled profile is never chosen until it is enabled", () =>
    Effect.gen(function* () {
      const folder = yield* withProfiles
      yield* run(folder, ["models", "auth", "disable", "anthropic:manual"])
      const off = yield* explain(folder)
      assert.deepStrictEqual(
        [off.chosen, off.rejected[0]?.reason],
        ["anthropic:default", "disabled by hand"]
      )
      yield* run(folder, ["models", "auth", "enable", "anthropic:manual"])
      assert.strictEqual((yield* explain(folder)).chosen, "anthropic:manual")
    })
  )

  it.scopedLive("clear takes the name of a key of the environment too, and of nothing else", () =>
    Effect.gen(function* () {
      const folder = yield* withProfiles
      const env = { ANTHROPIC_API_KEY: planted.apiKey }
      const clear = (profile: string) =>
        run(folder, ["models", "auth", "clear", profile], { variables: env })
      assert.strictEqual((yield* clear("env:ANTHROPIC_API_KEY")).status, 0)
      const health = `${folder}/.clawdbot/agents/main/agent/auth-health.json`
      const { profiles } = JSON.parse(fs.readFileSync(health, "utf8"))
      assert.isNumber(profiles["env:ANTHROPIC_API_KEY"].clearedAt)
      assert.strictEqual((yield* clear("env:ANTHROPIC_OAUTH_TOKEN")).status, 1)
    })
  )

  it.scopedLive("clear ends a pause that the older program recorded", () =>
    Effect.gen(function* () {
      const folder = yield* withProfiles
      const value = JSON.parse(fs.readFileSync(`${folder}/${store}`, "utf8")) as Record<
        string,
        unknown
      >
      const now = Date.now()
      value.usageStats = {
        "anthropic:manual": { cooldownUntil: now + 3_600_000, lastFailureAt: now - 1 }
      }
      fs.writeFileSync(`${folder}/${store}`, JSON.stringify(value), { mode: 0o600 })
      assert.strictEqual((yield* explain(folder)).chosen, "anthropic:default")
      const cleared = yield* run(folder, ["models", "auth", "clear", "anthropic:manual"])
      assert.strictEqual(cleared.status, 0, cleared.stderr)
      assert.strictEqual((yield* explain(folder)).chosen, "anthropic:manual")
    })
  )
})
