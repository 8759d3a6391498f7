/** A new credential under an id that is taken: what is said, and that each command of it works. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { planted } from "../clawdbot.ts"
import { freshHome, put, run, textOf } from "../commandLine.ts"

const store = ".clawdbot/agents/main/agent/auth-profiles.json"
const paste = ["models", "auth", "paste-token", "--provider", "anthropic"]
const setupToken = (name: string) => `sk-ant-oat01-${name.padEnd(90, "x")}-AA`

const secretsIn = (home: string, file = store) =>
  Effect.map(textOf(home, file), (text) => {
    const { profiles } = JSON.parse(text ?? '{"profiles":{}}')
    return Object.fromEntries(
      Object.entries<{ key?: string; token?: string }>(profiles).map(([id, { key, token }]) => [
        id,
        key ?? token
      ])
    )
  })

const chosen = (home: string) =>
  Effect.map(
    run(home, ["models", "auth", "explain", "--json"]),
    ({ stdout }) => JSON.parse(stdout).chosen
  )

/** The commands that a text shows, as argument lists. */
const commandsIn = (text: string) =>
  [...text.matchAll(/: clawdbot (models auth logout .*)$/gm)].map(([, line = ""]) =>
    line.split(" ")
  )

const withTwo = Effect.gen(function* () {
  const home = yield* freshHome
  yield* run(home, paste, { stdin: setupToken("one") })
  const second = yield* run(home, paste, { stdin: setupToken("two") })
  return { home, second }
})

describe("without a terminal", () => {
  it.scopedLive("both are kept, the new one goes first in an order, and it is said", () =>
    Effect.gen(function* () {
      const home = yield* freshHome
      yield* run(home, paste, { stdin: setupToken("one") })
      const order = ["models", "auth", "order", "set", "--provider", "anthropic"]
      yield* run(home, [...order, "anthropic:manual"])
      const second = yield* run(home, paste, { stdin: setupToken("two") })
      assert.strictEqual(second.status, 0)
      assert.include(second.stderr, "kept the credential of anthropic:manual")
      assert.include(second.stderr, "stored as anthropic:manual-2")
      assert.deepStrictEqual(yield* secretsIn(home), {
        "anthropic:manual": setupToken("one"),
        "anthropic:manual-2": setupToken("two")
      })
      assert.include(yield* textOf(home, ".clawdbot/clawdbot.json"), '"anthropic:manual-2"')
      assert.strictEqual(yield* chosen(home), "anthropic:manual-2")
    })
  )

  it.scopedLive("the first command takes the new one out again", () =>
    Effect.gen(function* () {
      const { home, second } = yield* withTwo
      const [undoNew = [], ...more] = commandsIn(second.stderr)
      assert.strictEqual(more.length, 1)
      assert.strictEqual((yield* run(home, undoNew)).status, 0)
      assert.deepStrictEqual(yield* secretsIn(home), { "anthropic:manual": setupToken("one") })
      assert.strictEqual(yield* chosen(home), "anthropic:manual")
    })
  )

  it.scopedLive("the second leaves the new one alone", () =>
    Effect.gen(function* () {
      const { home, second } = yield* withTwo
      const [, useNew = []] = commandsIn(second.stderr)
      assert.strictEqual((yield* run(home, useNew)).status, 0)
      assert.deepStrictEqual(yield* secretsIn(home), { "anthropic:manual-2": setupToken("two") })
      assert.strictEqual(yield* chosen(home), "anthropic:manual-2")
    })
  )

  it.scopedLive("a script that runs again stores nothing twice, and says nothing", () =>
    Effect.gen(function* () {
      const { home } = yield* withTwo
      const before = yield* secretsIn(home)
      const again = yield* run(home, paste, { stdin: setupToken("one") })
      assert.notInclude(again.stderr, "another credential")
      yield* run(home, paste, { stdin: setupToken("two") })
      assert.deepStrictEqual(yield* secretsIn(home), before)
    })
  )

  for (const [name, flags] of [
    ["--replace", ["--replace"]],
    ["--profile-id", ["--profile-id", "anthropic:manual"]]
  ] as const) {
    it.scopedLive(`${name} replaces, and the command that is shown restores`, () =>
      Effect.gen(function* () {
        const home = yield* freshHome
        yield* run(home, paste, { stdin: setupToken("one") })
        const second = yield* run(home, [...paste, ...flags], { stdin: setupToken("two") })
        assert.deepStrictEqual(yield* secretsIn(home), { "anthropic:manual": setupToken("two") })
        const [undo = []] = commandsIn(second.stderr)
        assert.include(undo, "--undo")
        assert.strictEqual((yield* run(home, undo)).status, 0)
        assert.deepStrictEqual(yield* secretsIn(home), { "anthropic:manual": setupToken("one") })
      })
    )
  }

  it.scopedLive("an expired one gives way, and can be restored", () =>
    Effect.gen(function* () {
      const home = yield* freshHome
      yield* run(home, [...paste, "--expires-in", "0d"], { stdin: setupToken("one") })
      const second = yield* run(home, paste, { stdin: setupToken("two") })
      assert.include(second.stderr, "replaced the credential of anthropic:manual (expired)")
      assert.deepStrictEqual(yield* secretsIn(home), { "anthropic:manual": setupToken("two") })
      yield* run(home, commandsIn(second.stderr)[0] ?? [])
      assert.deepStrictEqual(yield* secretsIn(home), { "anthropic:manual": setupToken("one") })
    })
  )

  it.scopedLive("onboard does the same, for the agent that is named", () =>
    Effect.gen(function* () {
      const home = yield* freshHome
      const config = `{ agents: { list: [{ id: "main" }, { id: "work" }] } }`
      yield* put(home, ".clawdbot/clawdbot.json", config)
      const argv = ["onboard", "--anthropic-api-key", "-", "--agent", "work"]
      yield* run(home, argv, { stdin: planted.apiKey })
      const second = yield* run(home, argv, { stdin: planted.otherKey })
      const file = ".clawdbot/agents/work/agent/auth-profiles.json"
      assert.deepStrictEqual(yield* secretsIn(home, file), {
        "anthropic:default": planted.apiKey,
        "anthropic:default-2": planted.otherKey
      })
      const [undoNew = []] = commandsIn(second.stderr)
      assert.deepStrictEqual(undoNew.slice(-2), ["--agent", "work"])
      assert.strictEqual((yield* run(home, undoNew)).status, 0)
      assert.deepStrictEqual(yield* secretsIn(home, file), {
        "anthropic:default": planted.apiKey
      })
      const replaced = yield* run(home, [...argv, "--replace", "--json"], {
        stdin: planted.otherKey
      })
      assert.strictEqual(JSON.parse(replaced.stdout).profile, "anthropic:default")
      assert.deepStrictEqual(yield* secretsIn(home, file), {
        "anthropic:default": planted.otherKey
      })
    })
  )

  it.scopedLive("an id of another agent's of another kind: refused by name, else another id", () =>
    Effect.gen(function* () {
      const home = yield* freshHome
      const config = `{ agents: { list: [{ id: "main" }, { id: "work" }] } }`
      yield* put(home, ".clawdbot/clawdbot.json", config)
      yield* run(home, ["onboard", "--anthropic-api-key", "-"], { stdin: planted.apiKey })
      const token = ["onboard", "--auth-choice", "token", "--token-provider", "anthropic"]
      const argv = [...token, "--token", "-", "--agent", "work"]
      const stdin = planted.setupToken
      const named = [...argv, "--token-profile-id", "anthropic:default"]
      const refused = yield* run(home, named, { stdin })
      assert.strictEqual(refused.status, 1)
      assert.include(refused.stderr, "agent main uses the id")
      const free = /such as (\S+)$/.exec(refused.stderr)?.[1] ?? ""
      const cured = yield* run(home, [...argv, "--token-profile-id", free], { stdin })
      assert.strictEqual(cured.status, 0, cured.stderr)
      yield* run(home, ["models", "auth", "logout", free, "--agent", "work", "--purge"])
      const other = yield* run(home, argv, { stdin })
      assert.include(other.stderr, "the new one is stored as anthropic:default-2")
      assert.strictEqual(yield* chosen(home), "anthropic:default")
    })
  )

  it.scopedLive("Claude Code's login: a new one takes the place of the old, which is kept", () =>
    Effect.gen(function* () {
      const home = yield* freshHome
      const signIn = (name: string) =>
        put(
          home,
          ".claude/.credentials.json",
          JSON.stringify({
            claudeAiOauth: {
              accessToken: `sk-ant-oat01-${name}`,
              refreshToken: `sk-ant-ort01-${name}`,
              expiresAt: 4_102_444_800_000
            }
          })
        )
      const enrol = ["onboard", "--auth-choice", "claude-cli"]
      const login = Effect.map(
        textOf(home, store),
        (text) => JSON.parse(text ?? "").profiles["anthropic:claude-cli"].access
      )
      yield* signIn("first")
      yield* run(home, enrol)
      yield* signIn("second")
      const done = yield* run(home, enrol)
      assert.strictEqual(done.status, 0, done.stderr)
      assert.strictEqual(yield* login, "sk-ant-oat01-second")
      const [undo = []] = commandsIn(done.stderr)
      yield* run(home, undo)
      assert.strictEqual(yield* login, "sk-ant-oat01-first")
    })
  )
})
