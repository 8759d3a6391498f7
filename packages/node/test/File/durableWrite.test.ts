import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { durableWrite, replaceAtOnce, sweepTemporaries } from "../../src/File/durableWrite.ts"
import { onDisk } from "../onDisk.ts"
import { temporaryFolder } from "../temporaryState.ts"
import { needsMount, smallDisk } from "./smallDisk.ts"

const mode = (file: string) => (fs.statSync(file).mode & 0o777).toString(8)

describe("durableWrite", () => {
  onDisk.scopedLive("makes folders and file for the person alone, whatever the umask", () =>
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

  onDisk.scopedLive("replaces the target of a symlink and leaves the link", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      fs.mkdirSync(`${folder}/real`)
      fs.writeFileSync(`${folder}/real/file`, "old")
      fs.symlinkSync("real/file", `${folder}/link`)
      fs.symlinkSync("real/none-yet", `${folder}/dangling`)
      yield* durableWrite(`${folder}/link`, "new")
      yield* durableWrite(`${folder}/dangling`, "made")
      assert.isTrue(
        fs.lstatSync(`${folder}/link`).isSymbolicLink() &&
          fs.lstatSync(`${folder}/dangling`).isSymbolicLink()
      )
      assert.deepStrictEqual(
        [
          fs.readFileSync(`${folder}/real/file`, "utf8"),
          fs.readFileSync(`${folder}/real/none-yet`, "utf8")
        ],
        ["new", "made"]
      )
    })
  )

  onDisk.scopedLive("takes the place of nothing but a file, also behind a link", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      // What holds of a pipe holds of a device, which no test should lose.
      execFileSync("mkfifo", [`${folder}/pipe`])
      fs.symlinkSync("pipe", `${folder}/link`)
      fs.mkdirSync(`${folder}/folder`)
      for (const name of ["pipe", "link", "folder"]) {
        const error = yield* Effect.flip(durableWrite(`${folder}/${name}`, "new"))
        assert.strictEqual(error.code, "NOT_A_FILE", name)
      }
      assert.isTrue(fs.statSync(`${folder}/link`).isFIFO())
      assert.deepStrictEqual(fs.readdirSync(folder).sort(), ["folder", "link", "pipe"])
    })
  )

  onDisk.scopedLive("keeps the old content when the check before the rename fails", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const file = `${folder}/file`
      yield* durableWrite(file, "old")
      const { FileFailure } = yield* Effect.promise(() => import("../../src/File/FileFailure.ts"))
      const lost = Effect.fail(new FileFailure({ path: file, operation: "lock", code: "ESTALE" }))
      const error = yield* Effect.flip(durableWrite(file, "new", { beforeRename: lost }))
      assert.strictEqual(error.code, "ESTALE")
      assert.deepStrictEqual(
        [fs.readFileSync(file, "utf8"), fs.readdirSync(folder)],
        ["old", ["file"]]
      )
    })
  )

  onDisk.scopedLive(
    "follows a link as the system does, also out of a folder that is a link itself",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        fs.mkdirSync(`${folder}/data/state`, { recursive: true })
        fs.symlinkSync("data/state", `${folder}/state`)
        fs.symlinkSync("../real.json", `${folder}/data/state/link.json`)
        yield* durableWrite(`${folder}/state/link.json`, "made")
        assert.strictEqual(fs.readFileSync(`${folder}/data/real.json`, "utf8"), "made")
        assert.isFalse(fs.existsSync(`${folder}/real.json`))
        fs.symlinkSync("loop", `${folder}/loop`)
        assert.strictEqual((yield* Effect.flip(durableWrite(`${folder}/loop`, "x"))).code, "ELOOP")
      })
  )

  onDisk.scopedLive("on a full disk the old content stays and nothing is left behind", (context) =>
    Effect.gen(function* () {
      const disk = yield* smallDisk(64)
      if (disk === undefined) return context.skip(needsMount)
      const file = `${disk.folder}/file`
      yield* durableWrite(file, "old".repeat(1_000))
      const error = yield* Effect.flip(durableWrite(file, "x".repeat(200_000)))
      assert.strictEqual(error.code, "ENOSPC")
      assert.deepStrictEqual(
        [fs.readFileSync(file, "utf8"), fs.readdirSync(disk.folder)],
        ["old".repeat(1_000), ["file"]]
      )
    })
  )

  onDisk.scopedLive(
    "on a read-only disk the old content stays, and the error has the system's code",
    (context) =>
      Effect.gen(function* () {
        const disk = yield* smallDisk(64)
        if (disk === undefined) return context.skip(needsMount)
        const file = `${disk.folder}/file`
        yield* durableWrite(file, "old")
        yield* disk.freeze
        const error = yield* Effect.flip(durableWrite(file, "new"))
        assert.deepStrictEqual(
          [error._tag, error.operation, error.code],
          ["FileFailure", "write", "EROFS"]
        )
        assert.strictEqual(fs.readFileSync(file, "utf8"), "old")
      })
  )

  onDisk.scopedLive("temporary files of killed writers are swept, those of living ones stay", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const dead = execFileSync(process.execPath, ["-p", "process.pid"], {
        encoding: "utf8"
      }).trim()
      fs.writeFileSync(`${folder}/.file.clawdbot-tmp-${dead}-abc`, "")
      fs.writeFileSync(`${folder}/.file.clawdbot-tmp-${process.pid}-abc`, "")
      yield* sweepTemporaries(folder)
      assert.deepStrictEqual(fs.readdirSync(folder), [`.file.clawdbot-tmp-${process.pid}-abc`])
    })
  )

  onDisk.scopedLive("who holds one file's lock sweeps for that file alone", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const dead = execFileSync(process.execPath, ["-p", "process.pid"], {
        encoding: "utf8"
      }).trim()
      fs.writeFileSync(`${folder}/.mine.json.gen-1.clawdbot-tmp-${dead}-abc`, "")
      fs.writeFileSync(`${folder}/.theirs.json.clawdbot-tmp-${dead}-abc`, "")
      yield* sweepTemporaries(folder, `${folder}/mine.json`)
      assert.deepStrictEqual(fs.readdirSync(folder), [`.theirs.json.clawdbot-tmp-${dead}-abc`])
    })
  )
})

describe("replaceAtOnce", () => {
  onDisk.scopedLive(
    "replaces a file for its owner alone; where it cannot, nothing of the content stays behind",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        fs.writeFileSync(`${folder}/file`, "old")
        fs.mkdirSync(`${folder}/folder`)
        yield* replaceAtOnce(`${folder}/file`, "new")
        yield* replaceAtOnce(`${folder}/folder`, "a secret")
        yield* replaceAtOnce(`${folder}/nowhere/file`, "a secret")
        assert.deepStrictEqual(
          [fs.readFileSync(`${folder}/file`, "utf8"), mode(`${folder}/file`)],
          ["new", "600"]
        )
        assert.deepStrictEqual(fs.readdirSync(folder).sort(), ["file", "folder"])
      })
  )
})
