import * as fs from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { filesIn, home, planted, run } from "../clawdbot.ts"
import { atTerminal, keys } from "./person.ts"

const storeOf = (folder: string) => `${folder}/.clawdbot/agents/main/agent/auth-profiles.json`
const profilesIn = (
  folder: string
): Record<string, { readonly type: string; readonly [field: string]: unknown }> =>
  (
    JSON.parse(fs.readFileSync(storeOf(folder), "utf8")) as {
      profiles: Record<string, { type: string }>
    }
  ).profiles

const question = "How do you want to connect to Claude?"

describe("onboard at a terminal", () => {
  it.scopedLive("an API key, pasted hidden, is stored and never shown", () =>
    Effect.gen(function* () {
      const folder = yield* home
      const person = yield* atTerminal(folder, ["onboard"])
      yield* person.sees(question)
      yield* person.sees("Anthropic token (paste setup-token)")
      yield* person.types(keys.enter)
      yield* person.sees("Paste your Anthropic API key")
      yield* person.types(planted.apiKey)
      yield* person.types(keys.enter)
      yield* person.sees("Send a small test request now?")
      yield* person.types("n")
      yield* person.sees("next: clawdbot models status")
      assert.strictEqual(yield* person.ended, 0)
      assert.deepInclude(profilesIn(folder)["anthropic:default"], {
        type: "api_key",
        key: planted.apiKey
      })
      assert.notInclude(person.screen(), planted.apiKey.slice(13, 40))
    })
  )

  it.scopedLive("a setup token by the second choice", () =>
    Effect.gen(function* () {
      const folder = yield* home
      const person = yield* atTerminal(folder, ["onboard"])
      yield* person.sees(question)
      yield* person.types(keys.down)
      yield* person.types(keys.enter)
      yield* person.sees("Paste your setup token")
      yield* person.types(planted.setupToken)
      yield* person.types(keys.enter)
      yield* person.sees("Send a small test request now?")
      yield* person.types("n")
      yield* person.sees("next: clawdbot models status")
      assert.strictEqual(yield* person.ended, 0)
      assert.deepInclude(profilesIn(folder)["anthropic:default"], {
        type: "token",
        token: planted.setupToken
      })
      assert.notInclude(person.screen(), planted.setupToken.slice(13, 40))
    })
  )

  it.scopedLive("something that is no key is refused with what to do, and asked for again", () =>
    Effect.gen(function* () {
      const folder = yield* home
      const person = yield* atTerminal(folder, ["onboard", "--auth-choice", "apiKey"])
      for (const wrong of ["sk-ant-hunter2...", ""]) {
        yield* person.sees("Paste your Anthropic API key")
        yield* person.types(wrong)
        yield* person.types(keys.enter)
        yield* person.sees("fix: ")
      }
      yield* person.sees("Paste your Anthropic API key")
      assert.deepStrictEqual(filesIn(folder), [])
      yield* person.types(planted.apiKey)
      yield* person.types(keys.enter)
      assert.strictEqual(yield* person.ended, 0)
      assert.deepInclude(profilesIn(folder)["anthropic:default"], { key: planted.apiKey })
      assert.notInclude(person.screen(), "hunter2")
    })
  )

  it.scopedLive("Ctrl-C at the question about the test: exit 130, and what was stored stays", () =>
    Effect.gen(function* () {
      const folder = yield* home
      const person = yield* atTerminal(folder, ["onboard"])
      yield* person.sees("(arrow keys, then Enter)")
      yield* person.types(keys.enter)
      yield* person.sees("Paste your Anthropic API key")
      yield* person.types(planted.apiKey)
      yield* person.types(keys.enter)
      yield* person.sees("Send a small test request now?")
      yield* person.types(keys.ctrlC)
      assert.strictEqual(yield* person.ended, 130)
      assert.deepInclude(profilesIn(folder)["anthropic:default"], { key: planted.apiKey })
      assert.notInclude(person.screen(), "nothing was changed")
    })
  )

  it.scopedLive("a Claude Code login that is there is the first choice", () =>
    Effect.gen(function* () {
      const folder = yield* home
      fs.mkdirSync(`${folder}/.claude`)
      const login = { accessToken: "sk-ant-oat01-x", refreshToken: "sk-ant-ort01-x", expiresAt: 1 }
      fs.writeFileSync(
        `${folder}/.claude/.credentials.json`,
        JSON.stringify({ claudeAiOauth: { ...login, expiresAt: Date.now() + 3_600_000 } })
      )
      const person = yield* atTerminal(folder, ["onboard"])
      yield* person.sees("Claude Code login (found on this machine)")
      yield* person.types(keys.enter)
      yield* person.sees("The login is refreshed before it ends")
      yield* person.sees("Send a small test request now?")
      yield* person.types("n")
      assert.strictEqual(yield* person.ended, 0)
      assert.deepInclude(profilesIn(folder)["anthropic:claude-cli"], { type: "oauth" })
    })
  )

  it.scopedLive("a key of a form that nobody knows is stored, with one warning", () =>
    Effect.gen(function* () {
      const folder = yield* home
      const person = yield* atTerminal(folder, ["onboard", "--auth-choice", "apiKey"])
      yield* person.sees("Paste your Anthropic API key")
      yield* person.types("hunter2hunter2")
      yield* person.types(keys.enter)
      yield* person.sees("does not look like an Anthropic API key")
      assert.strictEqual(yield* person.ended, 0)
      assert.deepInclude(profilesIn(folder)["anthropic:default"], { key: "hunter2hunter2" })
      assert.notInclude(person.screen(), "hunter2h")
    })
  )

  it.scopedLive("a key of the environment is only stored when the person says so", () =>
    Effect.gen(function* () {
      const folder = yield* home
      const person = yield* atTerminal(folder, ["onboard", "--auth-choice", "apiKey"], {
        ANTHROPIC_API_KEY: planted.otherKey
      })
      yield* person.sees("Store the key that ANTHROPIC_API_KEY holds now?")
      yield* person.types("n")
      yield* person.sees("Paste your Anthropic API key")
      yield* person.types(planted.apiKey)
      yield* person.types(keys.enter)
      assert.strictEqual(yield* person.ended, 0)
      assert.deepInclude(profilesIn(folder)["anthropic:default"], { key: planted.apiKey })
    })
  )

  for (const [name, key] of [
    ["Ctrl-C", keys.ctrlC],
    ["Ctrl-D", keys.ctrlD]
  ] as const) {
    for (const where of ["the choice", "the key"] as const) {
      it.scopedLive(`${name} at ${where}: exit 130, nothing stored, no stack trace`, () =>
        Effect.gen(function* () {
          const folder = yield* home
          const person = yield* atTerminal(folder, ["onboard"])
          yield* person.sees(question)
          if (where === "the key") {
            yield* person.types(keys.enter)
            yield* person.sees("Paste your Anthropic API key")
            yield* person.types("sk-ant-api03-half")
          }
          yield* person.types(key)
          assert.strictEqual(yield* person.ended, 130)
          assert.deepStrictEqual(filesIn(folder), [])
          assert.notMatch(person.screen(), /^\s+at /m)
          assert.include(person.screen(), "cancelled")
        })
      )
    }
  }
})

describe("paste-token at a terminal", () => {
  const paste = ["models", "auth", "paste-token", "--provider", "anthropic"]

  for (const [name, answer, profiles] of [
    ["replaces it where the person says so", [], ["anthropic:manual"]],
    ["keeps both", [keys.down], ["anthropic:manual", "anthropic:manual-2"]]
  ] as const) {
    it.scopedLive(`asks where the id is taken, and ${name}`, () =>
      Effect.gen(function* () {
        const folder = yield* home
        for (const secret of [planted.setupToken, planted.otherKey]) {
          const person = yield* atTerminal(folder, paste)
          yield* person.sees("Paste your token for anthropic")
          yield* person.types(secret)
          yield* person.types(keys.enter)
          if (secret === planted.otherKey) {
            yield* person.sees("anthropic:manual already has a setup token")
            yield* person.sees("Keep both: store the new one as anthropic:manual-2")
            for (const key of answer) yield* person.types(key)
            yield* person.types(keys.enter)
          }
          assert.strictEqual(yield* person.ended, 0)
          assert.notInclude(person.screen(), secret.slice(13, 40))
        }
        const stored = profilesIn(folder)
        assert.deepStrictEqual<ReadonlyArray<string>>(Object.keys(stored), profiles)
        const id = profiles[profiles.length - 1] ?? ""
        assert.deepInclude(stored[id], { key: planted.otherKey })
      })
    )
  }

  it.scopedLive("stores nothing where the question is left", () =>
    Effect.gen(function* () {
      const folder = yield* home
      yield* run(folder, paste, { stdin: planted.setupToken })
      const person = yield* atTerminal(folder, paste)
      yield* person.sees("Paste your token for anthropic")
      yield* person.types(planted.otherKey)
      yield* person.types(keys.enter)
      yield* person.sees("already has a setup token")
      yield* person.types(keys.ctrlC)
      assert.strictEqual(yield* person.ended, 130)
      assert.deepStrictEqual(Object.keys(profilesIn(folder)), ["anthropic:manual"])
    })
  )

  const half = planted.setupToken.length / 2
  const first = planted.setupToken.slice(0, half)
  const second = planted.setupToken.slice(half)
  for (const [name, pasted] of [
    ["in one line", planted.setupToken],
    ["that a window broke into two lines", `${first}\r${second}`],
    ["that a window broke, with the marks of a paste", `\u001b[200~${first}\n${second}\u001b[201~`]
  ] as const) {
    it.scopedLive(`takes a token ${name}, and shows nothing of it`, () =>
      Effect.gen(function* () {
        const folder = yield* home
        const person = yield* atTerminal(folder, [
          "models",
          "auth",
          "paste-token",
          "--provider",
          "anthropic"
        ])
        yield* person.sees("Paste your token for anthropic")
        yield* person.types(pasted)
        // real time: a person presses Enter after the terminal has pasted, not with it.
        yield* Effect.sleep("100 millis")
        yield* person.types(keys.enter)
        yield* person.sees("next: clawdbot models status")
        assert.strictEqual(yield* person.ended, 0)
        assert.deepInclude(profilesIn(folder)["anthropic:manual"], { token: planted.setupToken })
        for (const part of [first.slice(13), second.slice(0, 20)])
          assert.notInclude(person.screen(), part)
      })
    )
  }
})

describe("colours", () => {
  it.scopedLive("on a terminal, unless NO_COLOR, --no-color or TERM=dumb says otherwise", () =>
    Effect.gen(function* () {
      const folder = yield* home
      const shown = (
        argv: ReadonlyArray<string>,
        variables: Readonly<Record<string, string>> = {}
      ) =>
        Effect.gen(function* () {
          const person = yield* atTerminal(folder, argv, variables)
          assert.strictEqual(yield* person.ended, 0)
          return person.screen()
        })
      const status = ["models", "status"]
      assert.include(yield* shown(status), "\u001b[33m")
      assert.notInclude(yield* shown(["--no-color", ...status]), "\u001b")
      assert.notInclude(yield* shown(status, { NO_COLOR: "1" }), "\u001b")
      assert.notInclude(yield* shown(status, { TERM: "dumb" }), "\u001b")
    })
  )
})
