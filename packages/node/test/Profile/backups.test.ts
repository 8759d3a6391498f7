import * as fs from "node:fs"
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Backups from "../../src/Profile/backups.ts"
import { needsMount, smallDisk } from "../File/smallDisk.ts"
import { onDisk } from "../onDisk.ts"
import { temporaryFolder } from "../temporaryState.ts"

const texts = (file: string) =>
  Effect.map(
    Effect.forEach([1, 2, 3, 4, 5, 6], (backup) => Backups.read(file, backup)),
    (all) => all.map((backup) => backup?.text)
  )

describe("backups", () => {
  onDisk.scopedLive(
    "the five last contents are kept, newest first, each once, for the person alone",
    () =>
      Effect.gen(function* () {
        const file = `${yield* temporaryFolder}/store.json`
        for (const text of ["1", "2", "2", "3", "4", "5", "6", "7"]) yield* Backups.keep(file, text)
        assert.deepStrictEqual(yield* texts(file), ["7", "6", "5", "4", "3", undefined])
        assert.strictEqual((fs.statSync(Backups.pathOf(file, 1)).mode & 0o777).toString(8), "600")
      })
  )

  onDisk.scopedLive("a gap is filled before anything falls away", () =>
    Effect.gen(function* () {
      const file = `${yield* temporaryFolder}/store.json`
      for (const text of ["1", "2", "3", "4", "5"]) yield* Backups.keep(file, text)
      fs.rmSync(Backups.pathOf(file, 3))
      yield* Backups.keep(file, "6")
      assert.deepStrictEqual(yield* texts(file), ["6", "5", "4", "2", "1", undefined])
    })
  )

  onDisk.scopedLive("a disk that is full again and again pushes no good content out", (context) =>
    Effect.gen(function* () {
      const disk = yield* smallDisk(64)
      if (disk === undefined) return context.skip(needsMount)
      const file = `${disk.folder}/store.json`
      yield* Backups.keep(file, "one")
      yield* Backups.keep(file, "two")
      for (let tries = 0; tries < 8; tries++) {
        assert.strictEqual(
          (yield* Effect.flip(Backups.keep(file, "x".repeat(100_000)))).code,
          "ENOSPC"
        )
      }
      assert.deepStrictEqual((yield* texts(file)).slice(0, 3), ["two", "one", undefined])
    })
  )

  onDisk.scopedLive("purging leaves nothing of the store's past, and nothing else is touched", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const file = `${folder}/store.json`
      for (const text of ["1", "2", "3"]) yield* Backups.keep(file, text)
      for (const name of ["store.json", "store.json.corrupt-17", "other.json.gen-1"])
        fs.writeFileSync(`${folder}/${name}`, "")
      yield* Backups.purge(file)
      assert.deepStrictEqual(fs.readdirSync(folder).sort(), ["other.json.gen-1", "store.json"])
    })
  )
})
