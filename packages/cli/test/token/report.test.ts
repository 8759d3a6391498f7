/** `models auth report`: what a program was answered counts for the next one (decision D50). */
import * as fs from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { planted } from "../clawdbot.ts"
import { put, run, textOf } from "../commandLine.ts"
import { record, store, world } from "../oauth/logins.ts"

const far = 4_102_444_800_000
const printToken = ["models", "auth", "print-token"]
const a = { type: "api_key", provider: "anthropic", key: planted.apiKey }
const b = { ...a, key: planted.otherKey }
const profile = "anthropic:a"

const report = (home: string, status: number, ...flags: ReadonlyArray<string>) =>
  run(home, ["models", "auth", "report", profile, "--status", String(status), ...flags])

const healthOf = (home: string) =>
  Effect.map(
    textOf(home, ".clawdbot/agents/main/agent/auth-health.json"),
    (text) => JSON.parse(text ?? "{}").profiles?.[profile]
  )

/** A home with two keys, the first of which goes first. */
const twoKeys = Effect.tap(world, ({ putProfiles }) =>
  putProfiles({ [profile]: a, "anthropic:b": b }, [profile, "anthropic:b"])
)

describe("models auth report", () => {
  it.scopedLive("a limit: the next program gets another credential until it is over", () =>
    Effect.gen(function* () {
      const { home } = yield* twoKeys
      assert.strictEqual((yield* run(home, printToken)).stdout, planted.apiKey)
      const before = Date.now()
      const said = yield* report(home, 429, "--retry-after", "30")
      assert.deepInclude(said, { status: 0, stderr: "" })
      assert.match(said.stdout, /^anthropic:a: cooling down until .*\(rate limit\)$/)
      assert.strictEqual((yield* run(home, printToken)).stdout, planted.otherKey)
      const [window] = (yield* healthOf(home)).windows
      assert.deepInclude(window, { class: "rate_limit", source: "report", scope: "credential" })
      assert.closeTo(window.until, before + 30_000, 5_000)
    })
  )

  it.scopedLive("lasts an hour at the most, and a second one makes it no longer", () =>
    Effect.gen(function* () {
      const { home } = yield* twoKeys
      const first = JSON.parse(
        (yield* report(home, 429, "--retry-after", "86400", "--json")).stdout
      )
      assert.deepInclude(first, { agent: "main", profile, result: "cooling-down" })
      assert.closeTo(first.until, Date.now() + 3_600_000, 10_000)
      const second = JSON.parse((yield* report(home, 402, "--json")).stdout)
      assert.strictEqual(second.until, first.until)
    })
  )

  it.scopedLive("of a secret that was replaced is ignored, and it says so", () =>
    Effect.gen(function* () {
      const { home, putProfiles } = yield* twoKeys
      const { fingerprint } = JSON.parse((yield* run(home, [...printToken, "--json"])).stdout)
      yield* putProfiles({ [profile]: { ...a, key: `${planted.apiKey}x` } })
      const late = yield* report(home, 401, "--version", fingerprint)
      assert.strictEqual(late.status, 0)
      assert.include(late.stdout, "ignored, because it is about another version of its secret")
      assert.isUndefined((yield* healthOf(home))?.windows?.[0])
      const now = JSON.parse((yield* run(home, [...printToken, "--json"])).stdout)
      assert.include(
        (yield* report(home, 401, "--version", now.fingerprint)).stdout,
        "cooling down"
      )
    })
  )

  it.scopedLive(
    "reads the reason in a body, and what is not about the credential changes nothing",
    () =>
      Effect.gen(function* () {
        const { home } = yield* twoKeys
        const overload = yield* report(home, 529)
        assert.include(overload.stdout, "ignored, because it says nothing about the credential")
        assert.isUndefined(yield* healthOf(home))
        const error = { type: "invalid_request_error", message: "Your credit balance is too low" }
        const broke = yield* run(
          home,
          ["models", "auth", "report", profile, "--status", "400", "--body", "-"],
          { stdin: JSON.stringify({ type: "error", error }) }
        )
        assert.include(broke.stdout, "out of credit")
      })
  )

  it.scopedLive("a 401 of a login asks for one refresh, and never ends it", () =>
    Effect.gen(function* () {
      const { endpoint, home, putProfiles } = yield* world
      const tokens = endpoint.families.signIn()
      yield* putProfiles({ [profile]: record(tokens, far) })
      const first = yield* report(home, 401)
      assert.include(first.stdout, "its login was refreshed")
      const token = (yield* run(home, printToken)).stdout
      assert.notStrictEqual(token, tokens.access)
      assert.isTrue(endpoint.families.isCurrent(token))
      assert.deepInclude(endpoint.families.counters(), { grants: 1, reuses: 0 })
      endpoint.script.always({ instead: { status: 500, body: "" } })
      const again = yield* report(home, 401)
      assert.include(again.stdout, "cooling down")
      const health = yield* healthOf(home)
      assert.isUndefined(health.needsLogin)
      assert.deepInclude(health.windows[0], { class: "auth", source: "report" })
      assert.deepInclude(endpoint.families.counters(), { grants: 1, reuses: 0 })
    })
  )

  it.scopedLive("ends the trial that a credential was handed out for", () =>
    Effect.gen(function* () {
      const { home } = yield* world
      const usageStats = { [profile]: { cooldownUntil: far } }
      yield* put(
        home,
        store,
        JSON.stringify({ version: 1, profiles: { [profile]: a }, usageStats })
      )
      assert.strictEqual((yield* run(home, printToken)).status, 0)
      // It may be tried again a second after the refusal, in place of a minute after it was issued.
      const refused = yield* report(home, 429)
      assert.include(refused.stdout, "cooling down")
      const [trial] = (yield* healthOf(home)).trials
      assert.deepInclude(trial, { refused: 1, inFlight: false })
      assert.isBelow(trial.nextAt - Date.now(), 5_000)
      const good = yield* report(home, 200)
      assert.include(good.stdout, "its cooldown is over")
      assert.strictEqual((yield* run(home, printToken)).status, 0)
      assert.strictEqual((yield* run(home, printToken)).status, 0)
    })
  )

  for (const [name, argv] of [
    ["report", ["report", profile, "--status", "429"]],
    ["clear", ["clear", profile]]
  ] as const)
    it.scopedLive(`${name} claims nothing that could not be stored`, () =>
      Effect.gen(function* () {
        const { home } = yield* twoKeys
        const file = `${home}/.clawdbot/agents/main/agent/auth-health.json`
        yield* put(home, ".clawdbot/agents/main/agent/auth-health.json/in-the-way", "")
        const ran = yield* run(home, ["models", "auth", ...argv])
        assert.deepInclude(ran, { status: 1, stdout: "" })
        assert.match(ran.stderr, /^clawdbot: cannot write the health file .*auth-health\.json/)
        const [, cure] = /^fix: replace (\S+) with/m.exec(ran.stderr) ?? []
        assert.strictEqual(cure?.replace("HOME", home), file)
        fs.rmSync(file, { recursive: true })
        assert.strictEqual((yield* run(home, ["models", "auth", ...argv])).status, 0)
      })
    )

  const wrong: ReadonlyArray<readonly [ReadonlyArray<string>, string]> = [
    [["--retry-after", "30"], "--status is missing"],
    [["--status", "42"], "--status must be an HTTP status"],
    [["--status", "4e2"], "--status must be an HTTP status"],
    [["--status", "429", "--retry-after", "soon"], "--retry-after must be seconds"]
  ]
  for (const [flags, problem] of wrong) {
    it.scopedLive(`refuses ${flags.join(" ")}`, () =>
      Effect.gen(function* () {
        const { home } = yield* twoKeys
        const ran = yield* run(home, ["models", "auth", "report", profile, ...flags])
        assert.strictEqual(ran.status, 2)
        assert.include(ran.stderr, problem)
        assert.isUndefined(yield* healthOf(home))
      })
    )
  }

  it.scopedLive("of a profile there is none of: 4, and how to get it", () =>
    Effect.gen(function* () {
      const { home } = yield* twoKeys
      const ran = yield* run(home, ["models", "auth", "report", "anthropic:x", "--status", "429"])
      assert.deepInclude(ran, { status: 4, stdout: "" })
      assert.include(ran.stderr, "anthropic:x")
    })
  )
})
