/** The bundled command on a version of Node that is too old for it. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { home, run } from "../clawdbot.ts"

/** What versions before 20.16 do not have. */
const NODE_OPTIONS = "--import=data:text/javascript,process.getBuiltinModule=undefined"

describe("a version of Node that is too old", () => {
  it.scopedLive("is named with the one that is needed, and --version still answers", () =>
    Effect.gen(function* () {
      const folder = yield* home
      const options = { env: { NODE_OPTIONS } }
      assert.deepStrictEqual(yield* run(folder, ["models", "status"], options), {
        status: 1,
        stdout: "",
        stderr: `clawdbot needs Node 20.19 or newer; this is ${process.version}\n`
      })
      assert.match((yield* run(folder, ["--version"], options)).stdout, /^\d+\.\d+\.\d+/)
    })
  )
})
