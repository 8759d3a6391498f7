import * as fs from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Disk from "../../src/File/Disk.ts"
import { codeOf } from "../../src/File/FileFailure.ts"
import { makeFolder } from "../../src/File/makeFolder.ts"
import { onDisk } from "../onDisk.ts"
import { temporaryFolder } from "../temporaryState.ts"

const refusal = (folder: string) =>
  Effect.match(makeFolder(folder), { onFailure: codeOf, onSuccess: () => "made" })

describe("makeFolder", () => {
  onDisk.scopedLive(
    "makes what is missing, for the person alone; what is there stays as it is",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        fs.mkdirSync(`${folder}/there`, { mode: 0o755 })
        yield* makeFolder(`${folder}/there/a/b`)
        yield* makeFolder(`${folder}/there/a/b`)
        const modes = ["there", "there/a", "there/a/b"].map((at) =>
          (fs.statSync(`${folder}/${at}`).mode & 0o777).toString(8)
        )
        assert.deepStrictEqual(modes, ["755", "700", "700"])
      })
  )

  onDisk.scopedLive("many at once make one", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      yield* Effect.all(
        Array.from({ length: 16 }, () => makeFolder(`${folder}/a/b/c/d`)),
        { concurrency: "unbounded" }
      )
      assert.isTrue(fs.statSync(`${folder}/a/b/c/d`).isDirectory())
    })
  )

  onDisk.scopedLive("a file or a link to nowhere on the way is refused", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      fs.writeFileSync(`${folder}/file`, "")
      fs.symlinkSync("nowhere", `${folder}/link`)
      assert.deepStrictEqual(
        [
          yield* refusal(`${folder}/file`),
          yield* refusal(`${folder}/file/a`),
          yield* refusal(`${folder}/link/a`)
        ],
        ["EEXIST", "ENOTDIR", "EEXIST"]
      )
    })
  )

  it.live.skipIf(process.platform !== "linux")(
    "where nobody can make folders it ends, with the system's word",
    () =>
      Effect.gen(function* () {
        assert.strictEqual(yield* refusal("/proc/clawdbot/deep/er"), "ENOENT")
      }).pipe(Effect.provide(Disk.layer))
  )
})
