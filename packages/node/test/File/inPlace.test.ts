import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import { fileURLToPath } from "node:url"
import { workerProgram } from "@clawdbot/testing/Process/workerProgram"
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { codeOf } from "../../src/File/FileFailure.ts"
import { steps, writeInPlace } from "../../src/File/inPlace.ts"
import { maxBytes, readContent, readDocument } from "../../src/File/readDocument.ts"
import { onDisk } from "../onDisk.ts"
import { temporaryFolder } from "../temporaryState.ts"
import { needsMount, smallDisk } from "./smallDisk.ts"

const inPlaceWorker = workerProgram(fileURLToPath(new URL("inPlaceWorker.ts", import.meta.url)))

const text = (file: string) =>
  Effect.map(readDocument(file, maxBytes.records), (document) => document.text)

const before = "before".repeat(5_000)
const longer = "longer than before".repeat(5_000)
const shorter = "short"

describe("a write in place", () => {
  onDisk.scopedLive(
    "that is killed after any step leaves the old content or the new",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        const worker = yield* inPlaceWorker
        for (const content of [longer, shorter]) {
          for (const step of steps) {
            const file = `${folder}/file`
            fs.writeFileSync(file, before)
            const done = spawnSync(process.execPath, [worker, file, step, content])
            assert.strictEqual(done.signal, "SIGKILL", step)
            const expected = step === "copied" ? before : content
            assert.strictEqual(yield* text(file), expected, `after "${step}"`)
            // The next write ends what was begun, and leaves no copy.
            fs.writeFileSync(`${folder}/next`, "next")
            yield* writeInPlace({
              target: file,
              bytes: Buffer.from("next"),
              temporary: `${folder}/next`,
              mode: 0o600
            })
            assert.deepStrictEqual(
              [fs.readFileSync(file, "utf8"), fs.readdirSync(folder)],
              ["next", ["file"]]
            )
          }
        }
      }),
    // Twelve processes, one after the other.
    90_000
  )

  onDisk.scopedLive("shows a reader the old content or the new at every step", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const file = `${folder}/file`
      fs.writeFileSync(file, before)
      let writing = true
      let reads = 0
      const reader = Effect.gen(function* () {
        while (writing) {
          assert.include([before, longer, shorter], yield* text(file))
          reads += 1
        }
      })
      const writer = Effect.gen(function* () {
        for (let round = 0; round < 150; round++) {
          const content = [longer, shorter, before][round % 3] ?? ""
          fs.writeFileSync(`${folder}/temporary`, content)
          yield* writeInPlace({
            target: file,
            bytes: Buffer.from(content),
            temporary: `${folder}/temporary`,
            mode: 0o600
          })
        }
        writing = false
      })
      yield* Effect.all([reader, reader, writer], { concurrency: "unbounded" })
      assert.isAtLeast(reads, 50)
    })
  )

  onDisk.scopedLive(
    "on a full disk the file has its old content again, and no copy is left",
    (context) =>
      Effect.gen(function* () {
        const disk = yield* smallDisk(64)
        if (disk === undefined) return context.skip(needsMount)
        // The copy takes no room here, as where it lies on another disk than the file.
        const file = `${disk.folder}/file`
        fs.writeFileSync(file, "old".repeat(1_000))
        fs.writeFileSync(`${disk.folder}/other`, "x".repeat(40_000))
        const content = Buffer.from("y".repeat(40_000))
        fs.writeFileSync(`${disk.folder}/.temporary`, "")
        const write = writeInPlace({
          target: file,
          bytes: content,
          temporary: `${disk.folder}/.temporary`,
          mode: 0o600
        })
        const failed = yield* Effect.match(write, { onFailure: codeOf, onSuccess: () => "written" })
        assert.strictEqual(failed, "ENOSPC")
        assert.deepStrictEqual(
          [fs.readFileSync(file, "utf8"), fs.readdirSync(disk.folder).sort()],
          ["old".repeat(1_000), ["file", "other"]]
        )
      })
  )
})

describe("a file that is mounted by itself", () => {
  /** Runs a line of shell where mounts are nobody else's; undefined where that is not allowed. */
  const withMounts = (line: string) => {
    if (spawnSync("unshare", ["-m", "true"]).status !== 0) return undefined
    const done = spawnSync("unshare", ["-m", "sh", "-ec", line], { encoding: "utf8" })
    assert.strictEqual(done.stderr, "")
    return done.stdout
  }
  const needsNamespaces = "needs mount namespaces"

  onDisk.scopedLive("is written, keeps its identity, and no copy is left", (context) =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const worker = yield* inPlaceWorker
      fs.mkdirSync(`${folder}/state`)
      fs.writeFileSync(`${folder}/given`, "old and longer")
      fs.writeFileSync(`${folder}/state/file`, "")
      const { ino } = fs.statSync(`${folder}/given`)
      const said = withMounts(
        `mount --bind ${folder}/given ${folder}/state/file
         ${process.execPath} ${worker} ${folder}/state/file durably new`
      )
      if (said === undefined) return context.skip(needsNamespaces)
      assert.strictEqual(said, "written")
      assert.deepStrictEqual(
        [fs.readFileSync(`${folder}/given`, "utf8"), fs.statSync(`${folder}/given`).ino],
        ["new", ino]
      )
      assert.deepStrictEqual(fs.readdirSync(`${folder}/state`), ["file"])
    })
  )

  onDisk.scopedLive("is refused, and stays, where its folder takes no copy", (context) =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const worker = yield* inPlaceWorker
      fs.mkdirSync(`${folder}/a folder`)
      fs.writeFileSync(`${folder}/given`, "old")
      fs.writeFileSync(`${folder}/a folder/file`, "")
      const said = withMounts(
        `mount --bind '${folder}/a folder' '${folder}/a folder'
         mount -o remount,ro,bind '${folder}/a folder'
         mount --bind ${folder}/given '${folder}/a folder/file'
         ${process.execPath} ${worker} '${folder}/a folder/file' durably new`
      )
      if (said === undefined) return context.skip(needsNamespaces)
      assert.strictEqual(said, "MOUNTED_ALONE")
      assert.strictEqual(fs.readFileSync(`${folder}/given`, "utf8"), "old")
    })
  )

  onDisk.scopedLive("that is read-only itself stays as it is", (context) =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const worker = yield* inPlaceWorker
      fs.mkdirSync(`${folder}/state`)
      fs.writeFileSync(`${folder}/given`, "old")
      fs.writeFileSync(`${folder}/state/file`, "")
      const said = withMounts(
        `mount --bind ${folder}/given ${folder}/state/file
         mount -o remount,ro,bind ${folder}/state/file
         ${process.execPath} ${worker} ${folder}/state/file durably new`
      )
      if (said === undefined) return context.skip(needsNamespaces)
      assert.strictEqual(said, "EROFS")
      const { bytes } = yield* readContent(`${folder}/given`, maxBytes.records)
      assert.strictEqual(Buffer.from(bytes).toString(), "old")
      assert.deepStrictEqual(fs.readdirSync(`${folder}/state`), ["file"])
    })
  )
})
