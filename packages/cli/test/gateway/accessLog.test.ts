/** Where the lines of the access log go. */
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as AccessLog from "../../src/gateway/accessLog.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "clawdbot-log-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true }))
)

describe("the access log", () => {
  it.scoped("has every line in order when it is closed, for its owner alone", () =>
    Effect.gen(function* () {
      const file = join(yield* folder, "access.log")
      // More than is written at once.
      const path = "x".repeat(400)
      const lines = Array.from({ length: 500 }, (_, index) => `{"${path}":${index}}`)
      for (const half of [lines.slice(0, 200), lines.slice(200)])
        yield* Effect.scoped(
          Effect.map(AccessLog.open(file, assert.fail), (add) => half.forEach(add))
        )
      assert.strictEqual(readFileSync(file, "utf8"), `${lines.join("\n")}\n`)
      assert.strictEqual(statSync(file).mode & 0o777, 0o600)
    })
  )

  it.scoped("says once that it is not written, and takes further lines", () =>
    Effect.gen(function* () {
      const said: Array<string> = []
      yield* Effect.scoped(
        Effect.gen(function* () {
          const file = join(yield* folder, "nowhere", "access.log")
          const add = yield* AccessLog.open(file, (text) => void said.push(text))
          for (let line = 0; line < 3; line++) add("{}")
        })
      )
      assert.strictEqual(said.length, 1)
      assert.match(said[0] ?? "", /^clawdbot: the access log .* is not written: ENOENT/)
    })
  )
})
