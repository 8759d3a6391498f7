/**
 * What a person sees in each state a home can be in: `models status`, `explain` and `doctor` at 80
 * columns with their exit statuses (decision D41), kept as one text to be read.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { expect } from "vitest"
import { freshHome, put, run } from "../commandLine.ts"
import { type HomeState, states, today } from "./homes.ts"

const commands: ReadonlyArray<readonly [name: string, argv: ReadonlyArray<string>]> = [
  ["models status", ["models", "status"]],
  ["models status --check", ["models", "status", "--check"]],
  ["models auth explain", ["models", "auth", "explain"]],
  ["models auth print-token", ["models", "auth", "print-token"]],
  ["doctor", ["doctor"]]
]

/** So many lines a terminal shows at once. */
const screen = 24

const shownAs = (argv: string): boolean => argv !== "models status --check"

const seen = ({ files, name, variables = {} }: HomeState) =>
  Effect.scoped(
    Effect.gen(function* () {
      yield* TestClock.setTime(today)
      const home = yield* freshHome
      for (const [file, text] of Object.entries(files)) yield* put(home, file, text)
      const parts: Array<string> = [`# ${name}`]
      for (const [command, argv] of commands) {
        const { status, stderr, stdout } = yield* run(home, argv, { variables })
        const isSecret = command.endsWith("print-token") && status === 0
        const text = [isSecret ? "(the secret)" : stdout, stderr]
        parts.push(`$ clawdbot ${command}    -> ${status}`)
        if (shownAs(command)) parts.push(...text.filter((part) => part !== ""))
        if (command === "models status" && status === 0) {
          const rows = stdout
            .trimEnd()
            .split("\n")
            .map((line) => Math.max(1, Math.ceil(line.length / 80)))
          assert.isBelow(
            rows.reduce((sum, more) => sum + more, 0),
            screen,
            `${name} fits a screen`
          )
          assert.match(stdout, /^Next credential/m, name)
        }
        assert.notMatch(stdout + stderr, /^\s+at .*:\d+:\d+/m)
      }
      // The name of a copy has the time in it.
      return parts.join("\n").replace(/corrupt-\d+/g, "corrupt-TIME")
    })
  )

describe("every state of a home", () => {
  it.scoped(
    "says the next credential on the first screen, and by its exit status what is wrong",
    () =>
      Effect.gen(function* () {
        const texts = yield* Effect.forEach(states, seen)
        yield* Effect.promise(() =>
          expect(`${texts.join("\n\n\n")}\n`).toMatchFileSnapshot("../golden/states.long.txt")
        )
      }),
    180_000
  )
})
