import * as fs from "node:fs"
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import * as Credential from "@clawdbot/domain/Profile/Credential"
import { KeptAside } from "@clawdbot/domain/Profile/KeptAside"
import * as LoggedOut from "@clawdbot/domain/Profile/LoggedOut"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import { keptAsideContract } from "@clawdbot/testing/Profile/keptAsideContract"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as KeptAsideFile from "../../src/Profile/KeptAsideFile.ts"
import { storeIn, surroundings, temporaryFolder, write } from "../temporaryState.ts"
import { key } from "./credentials.ts"

const layerIn = (home: string) => Layer.provide(KeptAsideFile.layer, surroundings(home))

keptAsideContract("file", () => Layer.unwrapScoped(Effect.map(temporaryFolder, layerIn)))

const work = ProfileId.of("anthropic:work")
const fileIn = (home: string) => `${storeIn(home)}.logged-out-anthropic%3Awork`
const kept = { profile: work, at: 1, place: undefined, consent: undefined }

describe("the file", () => {
  it.scopedLive("is the person's alone, and gone with the last of what it held", () =>
    Effect.gen(function* () {
      const home = yield* temporaryFolder
      const { modify } = yield* Effect.provide(KeptAside, layerIn(home))
      yield* modify(AgentId.main, work, (all) =>
        LoggedOut.push(all, { ...kept, credential: key("k") })
      )
      assert.strictEqual((fs.statSync(fileIn(home)).mode & 0o777).toString(8), "600")
      yield* modify(AgentId.main, work, () => [])
      assert.isFalse(fs.existsSync(fileIn(home)))
    })
  )

  it.scopedLive("of the first edition, which held one, is read and added to", () =>
    Effect.gen(function* () {
      const home = yield* temporaryFolder
      const record = { type: "api_key", provider: "anthropic", key: "old", note: "kept" }
      const first = { version: 1, profile: "anthropic:work", at: 5, place: 1, credential: record }
      write(fileIn(home), JSON.stringify(first))
      const { find, modify } = yield* Effect.provide(KeptAside, layerIn(home))
      const [only] = yield* find(AgentId.main, work)
      assert.deepInclude(only, { profile: work, at: 5, place: 1 })
      yield* modify(AgentId.main, work, (all) =>
        LoggedOut.push(all, { ...kept, credential: key("new") })
      )
      const both = yield* find(AgentId.main, work)
      assert.deepStrictEqual(
        both.map(({ credential }) => Redacted.value(Credential.secret(credential))),
        ["new", "old"]
      )
      // What an older build reads of it is the newest.
      const written = JSON.parse(fs.readFileSync(fileIn(home), "utf8"))
      assert.strictEqual(written.credential.key, "new")
      assert.deepStrictEqual(written.earlier[0].credential, record)
    })
  )

  it.scopedLive("of a newer version keeps what this one does not understand", () =>
    Effect.gen(function* () {
      const home = yield* temporaryFolder
      const credential = { type: "api_key", provider: "anthropic", key: "old" }
      const record = { profile: "anthropic:work", at: 5, credential, why: "a reason" }
      const sealed = { profile: "anthropic:work", at: 4, credential: { type: "sealed" } }
      write(
        fileIn(home),
        JSON.stringify({ version: 1, ...record, earlier: [sealed, { ...record, at: 3 }] })
      )
      const { find, modify } = yield* Effect.provide(KeptAside, layerIn(home))
      yield* modify(AgentId.main, work, (all) =>
        LoggedOut.push(all, { ...kept, credential: key("new") })
      )
      const written = () => JSON.parse(fs.readFileSync(fileIn(home), "utf8"))
      assert.strictEqual(written().credential.key, "new")
      assert.deepStrictEqual(written().earlier, [record, { ...record, at: 3 }, sealed])
      yield* modify(AgentId.main, work, () => [])
      assert.deepStrictEqual(yield* find(AgentId.main, work), [])
      assert.deepStrictEqual(written(), { version: 1, earlier: [sealed] })
    })
  )

  it.scopedLive("that holds something else is never taken for nothing", () =>
    Effect.gen(function* () {
      const home = yield* temporaryFolder
      const { find, modify } = yield* Effect.provide(KeptAside, layerIn(home))
      for (const text of ["{ half", "{}", '{ "version": 2 }']) {
        write(fileIn(home), text)
        assert.strictEqual((yield* Effect.flip(find(AgentId.main, work))).operation, "read")
        yield* Effect.flip(modify(AgentId.main, work, () => []))
        assert.strictEqual(fs.readFileSync(fileIn(home), "utf8"), text)
      }
    })
  )
})
