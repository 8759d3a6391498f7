/** A state folder that is moved to a store and back. */
import * as fs from "node:fs/promises"
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import { ProfileStore } from "@clawdbot/domain/Profile/ProfileStore"
import * as Disk from "@clawdbot/node/File/Disk"
import * as FolderLock from "@clawdbot/node/File/FolderLock"
import * as MovedMarker from "@clawdbot/node/Profile/movedMarker"
import * as ProfileFile from "@clawdbot/node/Profile/ProfileFile"
import * as ConfigMemory from "@clawdbot/testing/Config/ConfigMemory"
import * as EnvironmentMemory from "@clawdbot/testing/Environment/EnvironmentMemory"
import { put } from "@clawdbot/testing/Profile/profileStoreContract"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Database } from "../src/Database.ts"
import { Keyring } from "../src/Keyring.ts"
import { planImport } from "../src/Move/importStore.ts"
import { JournalTable } from "../src/OAuth/JournalTable.ts"
import * as ProfileStorePostgres from "../src/Profile/ProfileStorePostgres.ts"
import {
  emptyStore,
  filesIn,
  folder,
  folderWith,
  importOf,
  moveIn,
  moveOut,
  store
} from "./movedFolder.ts"
import { describeWithServer, login, refreshOf } from "./store.ts"

/** The folder as a program over files uses it. */
const filesOf = (stateDir: string) =>
  ProfileFile.layer.pipe(
    Layer.provide(ConfigMemory.layer("{}")),
    Layer.provide(EnvironmentMemory.pathsLayer({ stateDir })),
    Layer.provide(EnvironmentMemory.layer()),
    Layer.provide(Disk.layer)
  )

const changed = ProfileId.of("anthropic:b")

describeWithServer("a state folder that is moved to a store", () => {
  it.scopedLive("comes back byte for byte, with what this version cannot read", () =>
    Effect.gen(function* () {
      const home = yield* folderWith(folder)
      yield* moveIn(home)
      assert.deepStrictEqual(Object.keys(yield* filesIn(home)), ["store-moved.json"])
      const back = yield* folderWith({})
      yield* moveOut(back)
      assert.deepStrictEqual(yield* filesIn(back), folder)
    }).pipe(Effect.provide(emptyStore()))
  )

  it.scopedLive(
    "keeps every byte around a login that was refreshed, and what the journal knows",
    () =>
      Effect.gen(function* () {
        const home = yield* folderWith(folder)
        yield* moveIn(home)
        yield* Effect.provide(put(AgentId.main, changed, login(2)), ProfileStorePostgres.layer)
        const database = yield* Database
        const journal = new JournalTable(
          database,
          yield* (yield* Keyring).keys,
          "00000000-0000-4000-8000-000000000000"
        )
        const used = { _tag: "Settled", at: 9, successor: "ffff" } as const
        yield* journal.put(database.query, { fingerprint: "eeee", entry: used }, undefined)
        const back = yield* folderWith({})
        yield* moveOut(back)
        const files = yield* filesIn(back)
        const text = files[store] ?? ""
        assert.include(
          text,
          '"x-team": 12345678901234567890,\n\t"profiles": {\n\t\t"anthropic:b" : {'
        )
        assert.include(text, '\n\t\t"anthropic:new": {"type":"passkey","blob":[1, 2]},')
        assert.notInclude(text, "r-1")
        assert.include(files["run/refresh-journal/eeee.json"], '"successor": "ffff"')
        const read = Effect.flatMap(ProfileStore, (stores) => stores.read(AgentId.main))
        const { document } = yield* Effect.provide(read, filesOf(back))
        assert.strictEqual(refreshOf(document, changed), "sk-ant-ort01-2")
      }).pipe(Effect.provide(emptyStore()))
  )

  it.scopedLive("is used by nobody any more, and cannot be moved a second time", () =>
    Effect.gen(function* () {
      const home = yield* folderWith(folder)
      yield* moveIn(home)
      const again = yield* Effect.flip(moveIn(home))
      assert.strictEqual(again._tag, "StoreMoved")
      const stores = yield* Effect.provide(ProfileStore, filesOf(home))
      const read = yield* Effect.flip(stores.read(AgentId.main))
      assert.strictEqual(read._tag, "StoreMoved")
      const written = yield* Effect.flip(
        put(AgentId.main, changed, login(3)).pipe(Effect.provideService(ProfileStore, stores))
      )
      assert.strictEqual(written._tag, "StoreMoved")
      const elsewhere = yield* Effect.flip(moveIn(home).pipe(Effect.provide(emptyStore())))
      assert.strictEqual(elsewhere._tag, "StoreMoved")
    }).pipe(Effect.provide(emptyStore()))
  )

  it.scopedLive("goes back to where it was, and into the store again", () =>
    Effect.gen(function* () {
      const home = yield* folderWith(folder)
      yield* moveIn(home)
      yield* moveOut(home)
      assert.deepStrictEqual(yield* filesIn(home), folder)
      assert.strictEqual((yield* Effect.flip(moveOut(home)))._tag, "StoreMovedAway")
      yield* moveIn(home)
      const other = yield* folderWith({})
      yield* moveOut(other)
      assert.deepStrictEqual(yield* filesIn(other), folder)
    }).pipe(Effect.provide(emptyStore()))
  )

  it.scopedLive(
    "stays as it is where the store holds credentials, a gateway runs or a file is held",
    () =>
      Effect.gen(function* () {
        const first = yield* folderWith(folder)
        const second = yield* folderWith(folder)
        const served = { isServed: Effect.succeed(true) }
        const refused = [yield* Effect.flip(moveIn(second, served))]
        const held = `${second}/${store}`
        yield* Effect.scoped(
          Effect.gen(function* () {
            yield* FolderLock.hold(held)
            refused.push(yield* Effect.flip(moveIn(second)))
          })
        )
        yield* moveIn(first)
        refused.push(yield* Effect.flip(moveIn(second)))
        const { objections } = yield* planImport(importOf(second, served))
        assert.deepStrictEqual(
          refused.map((error) => error._tag),
          ["FolderInUse", "FolderInUse", "StoreNotEmpty"]
        )
        assert.deepStrictEqual(
          objections.map((error) => error._tag),
          ["FolderInUse", "StoreNotEmpty"]
        )
        assert.include(objections[1]?.message, "main/anthropic:a (in both)")
        const full = yield* Effect.flip(moveOut(second))
        assert.strictEqual(full._tag, "FolderNotEmpty")
        assert.deepStrictEqual(yield* filesIn(second), folder)
      }).pipe(Effect.provide(emptyStore()))
  )

  it.scopedLive("is not moved out while a login is being refreshed, or a gateway lives", () =>
    Effect.gen(function* () {
      yield* moveIn(yield* folderWith(folder))
      const { query, table } = yield* Database
      const back = yield* folderWith({})
      yield* query(
        `insert into ${table("refresh_lease")} values ('m', gen_random_uuid(), 1,
           clock_timestamp() + interval '40 seconds')`
      )
      const refreshing = yield* Effect.flip(moveOut(back))
      assert.strictEqual(refreshing._tag, "RefreshUnderWay")
      yield* query(`delete from ${table("refresh_lease")}`)
      yield* query(
        `insert into ${table("gateway")} (instance, host, version, config_digest, started_at)
         values (gen_random_uuid(), 'far', '0.1.0', '', clock_timestamp())`
      )
      const living = yield* Effect.flip(moveOut(back))
      assert.strictEqual(living._tag, "StoreInUse")
      assert.deepStrictEqual(yield* filesIn(back), {})
      yield* query(`delete from ${table("gateway")}`)
      yield* moveOut(back)
      assert.deepStrictEqual(yield* filesIn(back), folder)
    }).pipe(Effect.provide(emptyStore()))
  )

  it.scopedLive(
    "says what it was where the move was interrupted, and is moved once all the same",
    () =>
      Effect.gen(function* () {
        const home = yield* folderWith(folder)
        yield* moveIn(home)
        const marker = yield* MovedMarker.read(home)
        assert.isObject(marker)
        // As a process leaves it that was killed after it had committed.
        if (typeof marker === "object")
          yield* MovedMarker.write(home, { ...marker, state: "importing" })
        const stores = yield* Effect.provide(ProfileStore, filesOf(home))
        const read = yield* Effect.flip(stores.read(AgentId.main))
        assert.include(read.message, "was begun and is not finished")
        const { content } = yield* moveIn(home)
        assert.isUndefined(content)
        yield* Effect.promise(() => fs.writeFile(MovedMarker.fileOf(home), "half of a"))
        assert.strictEqual((yield* Effect.flip(moveIn(home)))._tag, "StoreMoved")
      }).pipe(Effect.provide(emptyStore()))
  )
})
