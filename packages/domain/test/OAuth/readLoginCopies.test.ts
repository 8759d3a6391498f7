import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import { JournalUnavailable, RefreshJournal } from "@clawdbot/domain/OAuth/RefreshJournal"
import { readLoginCopies } from "@clawdbot/domain/OAuth/readLoginCopies"
import { refreshFingerprint } from "@clawdbot/domain/OAuth/StoredLogin"
import { ProfileStore } from "@clawdbot/domain/Profile/ProfileStore"
import { TokenAuthority } from "@clawdbot/testing/OAuth/TokenEndpointMemory"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { layerWorld, login, main, profile, store } from "./world.ts"

const work = AgentId.normalize("work")
const hour = 3_600_000

const begin = Effect.gen(function* () {
  const { families } = yield* TokenAuthority
  const older = login(families.signIn("me"), hour)
  yield* store(older)
  yield* store(login(families.signIn("me"), 2 * hour), work)
  const profiles = yield* ProfileStore
  const snapshots = yield* Effect.forEach([main, work], profiles.read)
  const statusWith = (journal: typeof RefreshJournal.Service) =>
    Effect.map(readLoginCopies(journal, snapshots), (copies) =>
      copies.at(snapshots[0]?.path ?? "", profile)
    )
  return { journal: yield* RefreshJournal, older: refreshFingerprint(older), statusWith }
})

const world = layerWorld({ agents: ["main", "work"] })

describe("readLoginCopies", () => {
  it.effect("goes by dates and accounts where the journal cannot be read", () =>
    Effect.gen(function* () {
      const { journal, statusWith } = yield* begin
      const code = "EIO"
      const broken = new JournalUnavailable({ path: "/journal", operation: "read", code })
      const status = yield* statusWith({ ...journal, find: () => Effect.fail(broken) })
      assert.deepInclude(status, { _tag: "Superseded" })
    }).pipe(Effect.provide(world))
  )

  it.effect("leaves a login alone whose answer is on its way to the stores", () =>
    Effect.gen(function* () {
      const { journal, older, statusWith } = yield* begin
      const grant = { access: Redacted.make("granted") }
      yield* journal.record(older, { _tag: "Answered", at: 1, grant })
      assert.deepStrictEqual(yield* statusWith(journal), { _tag: "Newest" })
    }).pipe(Effect.provide(world))
  )
})
