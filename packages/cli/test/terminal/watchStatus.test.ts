/** `models status --watch` in a real terminal, and `--quiet`. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { home, planted } from "../clawdbot.ts"
import { runWhole as run } from "../commandLine.ts"
import { gatewayHere, writeState } from "../gateway/running.ts"
import { atTerminal, keys } from "./person.ts"

const status = ["models", "status"]

describe("models status", () => {
  it.scopedLive(
    "--watch redraws in place what the files say, then what the gateway says; Ctrl-C is 130",
    () =>
      Effect.gen(function* () {
        const folder = yield* home
        writeState(folder, "http://127.0.0.1:1", [planted.apiKey])
        const person = yield* atTerminal(folder, [...status, "--watch"])
        yield* person.sees("from the files; no gateway runs")
        yield* person.sees("anthropic:k0")
        yield* gatewayHere(folder, { variables: { ANTHROPIC_API_KEY: planted.otherKey } })
        yield* person.sees(`from the running gateway (pid ${process.pid})`)
        // The key is in the environment of the gateway alone.
        yield* person.sees("env:ANTHROPIC_API_KEY")
        const frames = person.screen().split("\u001b[H").slice(1)
        assert.isAbove(frames.length, 1)
        for (const frame of frames.slice(0, -1)) assert.isTrue(frame.endsWith("\u001b[J"))
        yield* person.types(keys.ctrlC)
        assert.strictEqual(yield* person.ended, 130)
        assert.notInclude(person.screen(), planted.apiKey)
      })
  )

  it.scopedLive("--quiet prints nothing and exits as --check does; --watch wants a terminal", () =>
    Effect.gen(function* () {
      const folder = yield* home
      for (const keys of [[], [planted.apiKey]]) {
        writeState(folder, "http://127.0.0.1:1", keys)
        const quiet = yield* run(folder, [...status, "--quiet"])
        const checked = yield* run(folder, [...status, "--check"])
        assert.deepStrictEqual(quiet, { status: checked.status, stdout: "", stderr: "" })
        assert.strictEqual(quiet.status, keys.length === 0 ? 1 : 0)
      }
      const piped = yield* run(folder, [...status, "--watch"])
      assert.strictEqual(piped.status, 2)
      assert.include(piped.stderr, "--watch needs a terminal")
      const both = yield* run(folder, [...status, "--watch", "--plain"])
      assert.include(both.stderr, "--watch cannot be used with --plain")
    })
  )
})
