import * as fs from "node:fs"
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import { maxPerGroup, type Pin, ResourcePins } from "@clawdbot/domain/Auth/ResourcePins"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import * as ResourcePinsFile from "@clawdbot/node/Auth/ResourcePinsFile"
import { resourcePinsContract } from "@clawdbot/testing/Auth/resourcePinsContract"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Disk from "../../src/File/Disk.ts"
import { eventually } from "../eventually.ts"
import { needsMount, smallDisk } from "../File/smallDisk.ts"
import { pathsIn, statePaths, temporaryFolder, write } from "../temporaryState.ts"

resourcePinsContract(
  "file",
  Layer.unwrapScoped(
    Effect.map(temporaryFolder, (home) =>
      Layer.provide(ResourcePinsFile.layer, Layer.merge(statePaths(home), Disk.layer))
    )
  )
)

const pin = (id: string, kind = "file"): Pin => ({
  agent: AgentId.main,
  kind,
  id,
  profile: ProfileId.of("anthropic:a")
})

/** One run of the gateway over a home. */
const during = <A, E>(home: string, use: (pins: ResourcePins["Type"]) => Effect.Effect<A, E>) =>
  Effect.flatMap(ResourcePins, use).pipe(
    Effect.provide(
      Layer.provide(ResourcePinsFile.layer, Layer.merge(statePaths(home), Disk.layer))
    ),
    Effect.withClock(Clock.make())
  )

const note = (home: string, ...ids: ReadonlyArray<string>) =>
  during(home, (pins) => Effect.sync(() => ids.forEach((id) => void pins.note(pin(id), 0))))
const known = (home: string, id: string) =>
  during(home, (pins) => Effect.sync(() => pins.find(AgentId.main, id) === "anthropic:a"))
const fileIn = (home: string) => ResourcePinsFile.fileOf(pathsIn(home).stateDir)

describe("ResourcePinsFile", () => {
  it.scoped("outlives the process, for its owner alone", () =>
    Effect.gen(function* () {
      const home = yield* temporaryFolder
      yield* note(home, "file_1", "msgbatch_1")
      yield* note(home, "file_2")
      for (const id of ["file_1", "msgbatch_1", "file_2"]) assert.isTrue(yield* known(home, id), id)
      assert.isFalse(yield* known(home, "file_3"))
      assert.strictEqual(fs.statSync(fileIn(home)).mode & 0o777, 0o600)
    })
  )

  it.scoped("is on disk soon, without anybody waiting for it", () =>
    Effect.gen(function* () {
      const home = yield* temporaryFolder
      yield* during(home, (pins) =>
        Effect.gen(function* () {
          pins.note(pin("file_1"), 0)
          assert.isFalse(fs.existsSync(fileIn(home)))
          yield* eventually(
            Effect.sync(
              () =>
                fs.existsSync(fileIn(home)) &&
                fs.readFileSync(fileIn(home), "utf8").includes("file_1")
            )
          )
        })
      )
    })
  )

  it.scoped("passes over a line that a power cut left as zeros or half a character", () =>
    Effect.gen(function* () {
      const home = yield* temporaryFolder
      yield* note(home, "file_1")
      fs.appendFileSync(fileIn(home), Buffer.from([0, 0, 0, 0, 0xe2, 0x82]))
      yield* note(home, "file_2")
      for (const id of ["file_1", "file_2"]) assert.isTrue(yield* known(home, id), id)
    })
  )

  it.scoped("passes over what was cut off, and goes on after it", () =>
    Effect.gen(function* () {
      const home = yield* temporaryFolder
      write(fileIn(home), `${JSON.stringify(pin("file_1"))}\nnot json\n{"agent":"main","id":"fi`)
      yield* note(home, "file_2")
      for (const id of ["file_1", "file_2"]) assert.isTrue(yield* known(home, id), id)
    })
  )

  it.scoped("does not grow for ever", () =>
    Effect.gen(function* () {
      const home = yield* temporaryFolder
      const lines = Array.from({ length: 2 * maxPerGroup + 1 }, (_, index) =>
        JSON.stringify(pin(`file_${index}`))
      )
      write(fileIn(home), lines.join("\n"))
      assert.isTrue(yield* known(home, `file_${2 * maxPerGroup}`))
      assert.strictEqual(
        fs.readFileSync(fileIn(home), "utf8").trimEnd().split("\n").length,
        maxPerGroup
      )
      assert.isTrue(yield* known(home, `file_${2 * maxPerGroup}`))
    })
  )

  it.scoped("reads the files of the first edition, which say no kind", () =>
    Effect.gen(function* () {
      const home = yield* temporaryFolder
      const older = { agent: "main", id: "msgbatch_1", profile: "anthropic:a" }
      write(fileIn(home), `${JSON.stringify(older)}\n`)
      assert.isTrue(yield* known(home, "msgbatch_1"))
    })
  )

  it.scoped(
    "keeps kinds and fields that only a newer version knows, also when it is made shorter",
    () =>
      Effect.gen(function* () {
        const home = yield* temporaryFolder
        const newer = JSON.stringify({ ...pin("robot_1", "robot"), since: 7 })
        const many = Array.from({ length: 2 * maxPerGroup + 2 }, (_, index) =>
          JSON.stringify(pin(`container_${index}`, "container"))
        )
        write(fileIn(home), [newer, ...many].join("\n"))
        assert.isTrue(yield* known(home, "robot_1"))
        const text = fs.readFileSync(fileIn(home), "utf8")
        assert.strictEqual(text.trimEnd().split("\n").length, maxPerGroup + 1)
        const kept = text.split("\n").find((line) => line.includes("robot_1")) ?? "{}"
        assert.deepStrictEqual(JSON.parse(kept), JSON.parse(newer))
      })
  )

  it.scoped("threads and credits never reach the disk, and a container does once", () =>
    Effect.gen(function* () {
      const home = yield* temporaryFolder
      yield* during(home, (pins) =>
        Effect.sync(() => {
          for (const kind of ["thread", "fallback_credit"]) pins.note(pin("secret_1", kind), 0)
          for (let round = 0; round < 3; round++) pins.note(pin("container_1", "container"), 0)
        })
      )
      const text = fs.readFileSync(fileIn(home), "utf8")
      assert.notInclude(text, "secret_1")
      assert.strictEqual(text.split("container_1").length, 2)
    })
  )

  it.scoped(
    "a folder that cannot be written costs the memory of the next run, never a request",
    () =>
      Effect.gen(function* () {
        const home = yield* temporaryFolder
        fs.writeFileSync(pathsIn(home).stateDir, "in the way")
        yield* during(home, (pins) =>
          Effect.sync(() => {
            pins.note(pin("file_1"), 0)
            assert.strictEqual(pins.find(AgentId.main, "file_1"), "anthropic:a")
          })
        )
      })
  )

  it.scoped(
    "a full disk keeps what was there, and what could not be written follows when there is room",
    (context) =>
      Effect.gen(function* () {
        const disk = yield* smallDisk(64)
        if (disk === undefined) return context.skip(needsMount)
        const home = disk.folder
        yield* note(home, "file_1")
        const filler = `${home}/filler`
        const warnings: Array<unknown> = []
        const heard = Logger.make(({ message }) => void warnings.push(message))
        yield* during(home, (pins) =>
          Effect.gen(function* () {
            const handle = fs.openSync(filler, "w")
            try {
              for (;;) fs.writeSync(handle, Buffer.alloc(4_096))
            } catch {
              fs.closeSync(handle)
            }
            for (let number = 0; number < 100; number++)
              pins.note(pin(`file_more_${number}_${"x".repeat(60)}`), 0)
            yield* eventually(Effect.sync(() => warnings.length > 0))
            fs.rmSync(filler)
          })
        ).pipe(Effect.provide(Logger.replace(Logger.defaultLogger, heard)))
        assert.isTrue(yield* known(home, "file_1"))
        assert.isTrue(yield* known(home, `file_more_99_${"x".repeat(60)}`))
      })
  )
})
