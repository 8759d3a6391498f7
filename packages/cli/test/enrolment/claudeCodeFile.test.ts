/** Claude Code's file in forms that were met: taken, or refused by name with a cure that works. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { freshHome, put, run, textOf } from "../commandLine.ts"

const file = ".claude/.credentials.json"
const store = ".clawdbot/agents/main/agent/auth-profiles.json"
const end = 4_102_444_800_000
const enrol = ["onboard", "--auth-choice", "claude-cli"]

const login = (more: Readonly<Record<string, unknown>>) =>
  JSON.stringify({
    claudeAiOauth: {
      accessToken: "sk-ant-oat01-planted",
      refreshToken: "sk-ant-ort01-planted",
      expiresAt: end,
      ...more
    }
  })

describe("Claude Code's file", () => {
  const forms: ReadonlyArray<readonly [string, string]> = [
    ["seconds", login({ expiresAt: end / 1000 })],
    ["text", login({ expiresAt: String(end) })],
    ["an ISO date", login({ expiresAt: new Date(end).toISOString() })],
    ["a byte order mark", `\ufeff${login({})}`]
  ]
  for (const [name, text] of forms) {
    it.scopedLive(`with ${name} is enrolled with its real end`, () =>
      Effect.gen(function* () {
        const home = yield* freshHome
        yield* put(home, file, text)
        const done = yield* run(home, enrol)
        assert.strictEqual(done.status, 0, done.stderr)
        const { profiles } = JSON.parse((yield* textOf(home, store)) ?? "")
        assert.strictEqual(profiles["anthropic:claude-cli"].expires, end)
        assert.include((yield* run(home, ["models", "auth", "sync"])).stdout, "the same login")
      })
    )
  }

  const refused: ReadonlyArray<readonly [string, string]> = [
    [login({ expiresAt: undefined }), "claudeAiOauth has no usable expiresAt"],
    [login({ accessToken: "" }), "claudeAiOauth has no access token"],
    [login({ accessToken: "sk-ant-oat01-a\u200bb" }), "an access token that cannot be sent"],
    ["{}", "there is no Claude Code login in HOME/.claude/.credentials.json"],
    ["{ half", "the file does not hold JSON"]
  ]
  for (const [text, words] of refused) {
    it.scopedLive(`is refused: ${words}; after a new sign-in it is enrolled`, () =>
      Effect.gen(function* () {
        const home = yield* freshHome
        yield* put(home, file, text)
        const done = yield* run(home, enrol)
        assert.strictEqual(done.status, 1)
        assert.include(done.stderr, words)
        assert.include(done.stderr, "HOME/.claude/.credentials.json")
        assert.include(done.stderr, "claude, then /login")
        assert.notInclude(done.stderr, "planted")
        assert.isUndefined(yield* textOf(home, store))
        // What a sign-in does.
        yield* put(home, file, login({}))
        assert.strictEqual((yield* run(home, enrol)).status, 0)
      })
    )
  }

  it.scopedLive("that cannot be used any more is named by sync, which is not `no login`", () =>
    Effect.gen(function* () {
      const home = yield* freshHome
      yield* put(home, file, login({}))
      yield* run(home, enrol)
      yield* put(home, file, login({ expiresAt: "soon" }))
      const done = yield* run(home, ["models", "auth", "sync"])
      assert.strictEqual(done.status, 1)
      assert.include(done.stderr, "no usable expiresAt")
    })
  )
})
