/** `models auth setup-token` in a real terminal, when it does not go well. */
import * as fs from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { filesIn, home, planted } from "../clawdbot.ts"
import { atTerminal, keys } from "../terminal/person.ts"

const command = ["models", "auth", "setup-token", "--provider", "anthropic"]

/** A home with nothing on its PATH but this `claude`. */
const withClaude = (body: string | undefined) =>
  Effect.map(home, (folder) => {
    fs.mkdirSync(`${folder}/bin`)
    if (body !== undefined)
      fs.writeFileSync(`${folder}/bin/claude`, `#!/bin/sh\n${body}\n`, { mode: 0o755 })
    return { folder, variables: { PATH: `${folder}/bin` } }
  })

const nothingStored = (folder: string) =>
  assert.deepStrictEqual(
    filesIn(folder).filter((name) => name.startsWith(".clawdbot")),
    []
  )

describe("setup-token", () => {
  for (const [what, body, problem] of [
    ["claude is not there", undefined, "the command claude was not found"],
    ["claude fails", "exit 3", "claude setup-token failed (exit 3)"]
  ] as const) {
    it.scopedLive(`${what}: says so, and how to go on`, () =>
      Effect.gen(function* () {
        const { folder, variables } = yield* withClaude(body)
        const person = yield* atTerminal(folder, [...command, "--yes"], variables)
        yield* person.sees(problem)
        yield* person.sees("clawdbot models auth paste-token --provider anthropic")
        assert.strictEqual(yield* person.ended, 1)
        nothingStored(folder)
      })
    )
  }

  it.scopedLive("looks for claude before it asks whether to run it", () =>
    Effect.gen(function* () {
      const { folder, variables } = yield* withClaude(undefined)
      const person = yield* atTerminal(folder, command, variables)
      yield* person.sees("the command claude was not found")
      assert.strictEqual(yield* person.ended, 1)
      assert.notInclude(person.screen(), "Run claude setup-token now?")
    })
  )

  it.scopedLive("what is pasted is never shown, and a text that is no setup token is refused", () =>
    Effect.gen(function* () {
      const { folder, variables } = yield* withClaude("exit 0")
      const person = yield* atTerminal(folder, [...command, "--yes"], variables)
      yield* person.sees("Paste your token")
      yield* person.types(`${planted.apiKey}${keys.enter}`)
      yield* person.sees("fix: ")
      yield* person.sees("Paste your token")
      yield* person.types(keys.ctrlC)
      assert.strictEqual(yield* person.ended, 130)
      assert.notInclude(person.screen(), planted.apiKey)
      nothingStored(folder)
    })
  )

  it.scopedLive("Ctrl-C while claude runs ends both, and stores nothing", () =>
    Effect.gen(function* () {
      const { folder, variables } = yield* withClaude('echo "waiting for you"; exec /bin/sleep 60')
      const person = yield* atTerminal(folder, [...command, "--yes"], variables)
      yield* person.sees("waiting for you")
      yield* person.types(keys.ctrlC)
      assert.strictEqual(yield* person.ended, 130)
      nothingStored(folder)
    })
  )
})
