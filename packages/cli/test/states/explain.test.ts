/** `models auth explain` speaks as `models status` does, of every state a home can be in. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { freshHome, put, run } from "../commandLine.ts"
import { states, today } from "./homes.ts"

/** Where wrapped lines end is the width's doing. */
const flat = (text: string): string => text.replace(/\s+/g, " ")

const isRead = ({ name }: (typeof states)[number]): boolean => !/invalid|broken|fifty/.test(name)

describe("explain in the words of status", () => {
  for (const { files, name, variables = {} } of states.filter(isRead)) {
    it.scoped(name, () =>
      Effect.gen(function* () {
        yield* TestClock.setTime(today)
        const home = yield* freshHome
        for (const [file, text] of Object.entries(files)) yield* put(home, file, text)
        const shown = (...argv: ReadonlyArray<string>) => run(home, argv, { variables })
        const { status, stdout } = yield* shown("models", "auth", "explain")
        const report = flat((yield* shown("models", "status")).stdout)
        const next = /^Next credential: (.*)$/m.exec(stdout)?.[1]
        assert.include(report, `Next credential : ${next} Credentials`)
        for (const [, standing = ""] of stdout.matchAll(/^\d+\. [^;]*?: (.*); /gm))
          assert.include(report, standing)
        assert.strictEqual(status, next?.startsWith("none available") ? 3 : 0)
      })
    )
  }
})
