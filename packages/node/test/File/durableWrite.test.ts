import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { durableWrite, sweepTemporaries } from "../../src/File/durableWrite.ts"
import { temporaryFolder } from "../temporaryState.ts"

const mode = (file: string) => (fs.statSync(file).mode & 0o777).toString(8)

describe("durableWrite", () => {
  it.scopedLive("makes folders and file for the person alone, whatever the umask", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const file = `${folder}/deep/er/file.json`
      yield* durableWrite(file, "content")
      assert.deepStrictEqual(
        [fs.readFileSync(file, "utf8"), mode(file), mode(`${folder}/deep/er`)],
        ["content", "600", "700"]
      )
      assert.deepStrictEqual(fs.readdirSync(`${folder}/deep/er`), ["file.json"])
    })
  )

  it.scopedLive("replaces the target of a symlink and leaves the link", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      fs.mkdirSync(`${folder}/real`)
      fs.writeFileSync(`${folder}/real/file`, "old")
      fs.symlinkSync("real/file", `${folder}/link`)
      fs.symlinkSync("real/none-yet", `${folder}/dangling`)
      yield* durableWrite(`${folder}/link`, "new")
      yield* durableWrite(`${folder}/dangling`, "made")
      assert.isTrue(
        fs.lstatSync(`${folder}/link`).isSymbolicLink() && fs.lstatSync(`${folder}/dangling`).isSymbolicLink()
      )
      assert.deepStrictEqual(
        [fs.readFileSync(`${folder}/real/file`, "utf8"), fs.readFileSync(`${folder}/real/none-yet`, "utf8")],
        ["new", "made"]
      )
    })
  )

  it.scopedLive("keeps the old content when the check before the rename fails", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const file = `${folder}/file`
      yield* durableWrite(file, "old")
      const { FileFailure } = yield* Effect.promise(() => import("../../src/File/FileFailure.ts"))
      const lost = Effect.fail(new FileFailure({ path: file, operation: "lock", code: "ESTALE" }))
      const error = yield* Effect.flip(durableWrite(file, "new", { beforeRename: lost }))
      assert.strictEqual(error.code, "ESTALE")
      assert.deepStrictEqual([fs.readFileSync(file, "utf8"), fs.readdirSync(folder)], ["old", ["file"]])
    })
  )

  it.scopedLive("on a full disk the old content stays and nothing is left behind", (context) =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const mounted = yield* Effect.acquireRelease(
        Effect.sync(() => {
          try {
            execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], { stdio: "ignore" })
            return true
          } catch {
            return false
          }
        }),
        (done) => Effect.sync(() => done && execFileSync("umount", [folder]))
      )
      if (!mounted) return context.skip("needs the right to mount a small file system")
      const file = `${folder}/file`
      yield* durableWrite(file, "old".repeat(1_000))
      const error = yield* Effect.flip(durableWrite(file, "x".repeat(200_000)))
      assert.strictEqual(error.code, "ENOSPC")
      assert.deepStrictEqual([fs.readFileSync(file, "utf8"), fs.readdirSync(folder)], ["old".repeat(1_000), ["file"]])
    })
  )

  it.scopedLive("temporary files of killed writers are swept, those of living ones stay", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const dead = execFileSync(process.execPath, ["-p", "process.pid"], { encoding: "utf8" }).trim()
      fs.writeFileSync(`${folder}/.file.clawdbot-tmp-${dead}-abc`, "")
      fs.writeFileSync(`${folder}/.file.clawdbot-tmp-${process.pid}-abc`, "")
      yield* sweepTemporaries(folder)
      assert.deepStrictEqual(fs.readdirSync(folder), [`.file.clawdbot-tmp-${process.pid}-abc`])
    })
  )
})
