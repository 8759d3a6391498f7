import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { appendLine, maxAuditBytes, maxAuditFiles } from "../../src/File/auditFile.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "clawdbot-lines-"))),
  (made) => Effect.sync(() => fs.rmSync(made, { recursive: true }))
)

describe("the file of an audit log", () => {
  it.scoped("is its owner's alone, in a folder that need not be there, and keeps every line", () =>
    Effect.gen(function* () {
      const file = path.join(yield* folder, "state", "audit.jsonl")
      yield* appendLine(file, "")
      fs.chmodSync(file, 0o644)
      for (const line of ["one\n", "two\n"]) yield* appendLine(file, line)
      assert.strictEqual(fs.readFileSync(file, "utf8"), "one\ntwo\n")
      assert.strictEqual(fs.statSync(file).mode & 0o777, 0o600)
    })
  )

  it.scoped("is bounded: so many files of so many bytes, the oldest lines go", () =>
    Effect.gen(function* () {
      const made = yield* folder
      const file = path.join(made, "audit.jsonl")
      for (const name of ["first", "second", "third", "fourth"]) {
        yield* appendLine(file, `${name}\n`)
        fs.truncateSync(file, maxAuditBytes)
      }
      yield* appendLine(file, "fifth\n")
      const begin = (name: string) => fs.readFileSync(path.join(made, name)).toString("utf8", 0, 6)
      assert.deepStrictEqual(fs.readdirSync(made).sort(), [
        "audit.jsonl",
        "audit.jsonl.1",
        "audit.jsonl.2"
      ])
      assert.strictEqual(fs.readdirSync(made).length, maxAuditFiles)
      assert.deepStrictEqual(["audit.jsonl", "audit.jsonl.1", "audit.jsonl.2"].map(begin), [
        "fifth\n",
        "fourth",
        "third\n"
      ])
    })
  )

  it.scoped("what is no file is named and left alone, a pipe without waiting", () =>
    Effect.gen(function* () {
      const made = yield* folder
      const pipe = path.join(made, "pipe")
      execFileSync("mkfifo", [pipe])
      for (const place of [pipe, made]) {
        const error = yield* Effect.flip(appendLine(place, "line\n"))
        assert.strictEqual(error.code, "NOT_A_FILE")
        assert.include(error.message, place)
      }
    })
  )
})
