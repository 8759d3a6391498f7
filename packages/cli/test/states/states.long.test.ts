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

/** The size of a terminal, in rows and columns. */
const screen = { height: 24, width: 80 }

const rowsOf = (line: string): number => Math.max(1, Math.ceil(line.length / screen.width))

/** What is seen of a text before anybody scrolls. */
const firstScreen = (text: string): string => {
  let free = screen.height
  const lines = text.split("\n").filter((line) => {
    free -= rowsOf(line)
    return free >= 0
  })
  return lines.join("\n")
}

const shownAs = (argv: string): boolean => argv !== "models status --check"

const seen = ({ files, name, variables = {} }: HomeState) =>
  Effect.scoped(
    Effect.gen(function* () {
      yield* TestClock.setTime(today)
      const home = yield* freshHome
      for (const [file, text] of Object.entries(files)) yield* put(home, file, text)
      const parts: Array<string> = [`# ${name}`]
      let isReported = false
      let isAvailable = true
      for (const [command, argv] of commands) {
        const { status, stderr, stdout } = yield* run(home, argv, { variables })
        const isSecret = command.endsWith("print-token") && status === 0
        const text = [isSecret ? "(the secret)" : stdout, stderr]
        parts.push(`$ clawdbot ${command}    -> ${status}`)
        if (shownAs(command)) parts.push(...text.filter((part) => part !== ""))
        if (command === "models status") {
          // The row of the prompt comes below it.
          assert.strictEqual(firstScreen(`${stdout.trimEnd()}\n$`), `${stdout.trimEnd()}\n$`, name)
          isReported = status === 0
        }
        if (command === "models auth explain") isAvailable = status === 0
        if (isReported && command !== "models auth print-token" && shownAs(command)) {
          const seenFirst = firstScreen(stdout)
          if (command !== "doctor") assert.match(seenFirst, /^Next credential ?: /m, name)
          else if (!isAvailable)
            assert.match(seenFirst, /^problem: .*(no credential|has no credentials)/m, name)
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
