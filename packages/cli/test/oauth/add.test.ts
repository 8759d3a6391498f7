/** `models auth add`: what the recorded case does not answer. */
import * as fs from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { filesIn, home, planted } from "../clawdbot.ts"
import { runWhole as run } from "../commandLine.ts"
import { atTerminal, keys } from "../terminal/person.ts"

const command = ["models", "auth", "add"]

const profilesIn = (folder: string) => {
  const value: { readonly profiles: Record<string, Readonly<Record<string, unknown>>> } =
    JSON.parse(fs.readFileSync(`${folder}/.clawdbot/agents/main/agent/auth-profiles.json`, "utf8"))
  return value.profiles
}

describe("models auth add", () => {
  it.scopedLive("another provider, a profile of one's own, and an end", () =>
    Effect.gen(function* () {
      const folder = yield* home
      const person = yield* atTerminal(folder, command)
      yield* person.sees("Token provider")
      yield* person.types(`${keys.down}${keys.enter}`)
      yield* person.sees("Provider id")
      yield* person.types(keys.enter)
      yield* person.sees("Required")
      yield* person.types(`OpenAI${keys.enter}`)
      yield* person.sees("Profile id")
      yield* person.types(`openai:work${keys.enter}`)
      yield* person.sees("Does this token expire")
      yield* person.types("y")
      yield* person.sees("Expires in")
      const before = Date.now()
      yield* person.types(`12h${keys.enter}`)
      yield* person.sees("Paste your token for openai")
      yield* person.types(`hidden-token-text${keys.enter}`)
      assert.strictEqual(yield* person.ended, 0, person.screen())
      const stored = profilesIn(folder)["openai:work"]
      assert.deepInclude(stored, { type: "token", provider: "openai", token: "hidden-token-text" })
      const left = Number(stored?.expires) - before
      assert.isTrue(left >= 43_200_000 && left < 43_300_000, String(left))
      assert.notInclude(person.screen(), "hidden-token-text")
    })
  )

  it.scopedLive("runs claude setup-token where that is chosen", () =>
    Effect.gen(function* () {
      const folder = yield* home
      fs.mkdirSync(`${folder}/bin`)
      fs.writeFileSync(`${folder}/bin/claude`, '#!/bin/sh\necho "called: $*"\n', { mode: 0o755 })
      const person = yield* atTerminal(folder, command, { PATH: `${folder}/bin:/usr/bin:/bin` })
      yield* person.sees("Token provider")
      yield* person.types(keys.enter)
      yield* person.sees("Token method")
      yield* person.types(keys.enter)
      yield* person.sees("called: setup-token")
      yield* person.sees("Paste your token")
      yield* person.types(`${planted.setupToken}${keys.enter}`)
      assert.strictEqual(yield* person.ended, 0, person.screen())
      assert.deepInclude(profilesIn(folder)["anthropic:claude-cli"], {
        type: "token",
        token: planted.setupToken
      })
      assert.notInclude(person.screen(), planted.setupToken)
    })
  )

  it.scopedLive("Ctrl-C at any question stores nothing", () =>
    Effect.gen(function* () {
      for (const questions of [1, 2, 3, 4, 5]) {
        const folder = yield* home
        const person = yield* atTerminal(folder, command)
        const answers = [
          ["Token provider", keys.enter],
          ["Token method", `${keys.down}${keys.enter}`],
          ["Profile id", keys.enter],
          ["Does this token expire", keys.enter],
          ["Paste your token", ""]
        ] as const
        for (const [index, [question, answer]] of answers.slice(0, questions).entries()) {
          yield* person.sees(question)
          yield* person.types(index === questions - 1 ? keys.ctrlC : answer)
        }
        assert.strictEqual(yield* person.ended, 130, person.screen())
        assert.deepStrictEqual(filesIn(folder), [])
      }
    })
  )

  it.scopedLive("without a terminal says what to do instead", () =>
    Effect.gen(function* () {
      const folder = yield* home
      const done = yield* run(folder, command)
      assert.strictEqual(done.status, 1)
      assert.include(
        done.stderr,
        "clawdbot models auth paste-token --provider anthropic --token-file"
      )
    })
  )
})
