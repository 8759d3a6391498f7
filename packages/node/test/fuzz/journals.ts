/**
 * Entries of the refresh journal, pins and books of any content: they are read for what can be read
 * in them, and written on.
 */
import * as assert from "node:assert"
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import { ResourcePins } from "@clawdbot/domain/Auth/ResourcePins"
import { RefreshJournal } from "@clawdbot/domain/OAuth/RefreshJournal"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import { UsageLedger } from "@clawdbot/domain/Usage/UsageLedger"
import * as Fuzz from "@clawdbot/testing/Fuzz/Fuzz"
import { type Json, mutated, mutatedDocument, mutatedText } from "@clawdbot/testing/Fuzz/mutate"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as fc from "fast-check"
import * as ResourcePinsFile from "../../src/Auth/ResourcePinsFile.ts"
import * as RefreshJournalFile from "../../src/OAuth/RefreshJournalFile.ts"
import * as UsageFiles from "../../src/Usage/UsageFiles.ts"
import { surroundings, write } from "../temporaryState.ts"
import { folder, quietly, textOf } from "./folder.ts"

const entries: ReadonlyArray<Json> = [
  { version: 1, state: "intent", at: 1_700_000_000_000 },
  {
    version: 1,
    state: "answered",
    at: 1_700_000_000_000,
    grant: { access: "a", refresh: "r", expiresInMs: 1, accountId: "x", email: "e", scope: "s" }
  },
  { version: 1, state: "settled", at: 1, successor: "0123456789abcdef" },
  { version: 1, state: "ended", at: 1, cause: "revoked", detail: "no" }
]
const hour = Math.floor(Date.now() / 3_600_000)
const cells: ReadonlyArray<Json> = [
  { h: hour, a: "main", p: "anthropic:a", m: "m", c: "", t: "", n: 1, x: 0, u: [1, 2, 3, 4, 5, 6] }
]
const pins: ReadonlyArray<Json> = [
  { agent: "main", id: "file_1", profile: "anthropic:a", at: 1_700_000_000_000 },
  { agent: "main", kind: "newer", id: "x_1", profile: "anthropic:a", later: 1 }
]

/** Lines of which each was right once. */
const lines = (samples: ReadonlyArray<Json>) =>
  mutatedText(
    fc
      .array(mutated(samples), { minLength: 1, maxLength: 5 })
      .map((all) => all.map((one) => `${JSON.stringify(one)}\n`).join(""))
  )

const arbitrary = fc.record({
  entry: mutatedDocument(entries),
  usage: lines(cells),
  pinned: lines(pins)
})

const day = new Date(hour * 3_600_000).toISOString().slice(0, 10)
const fingerprint = "0123456789abcdef"

/** The kind. */
export const journals = Fuzz.kind(
  "journals",
  arbitrary,
  Effect.map(folder, ({ empty, home }) => async ({ entry, pinned, usage }) => {
    empty()
    const state = `${home}/.clawdbot`
    write(`${state}/run/refresh-journal/${fingerprint}.json`, entry)
    const book = `${state}/usage/${day}.jsonl`
    write(book, usage)
    write(`${state}/gateway-pins.jsonl`, pinned)
    const layer = Layer.mergeAll(
      RefreshJournalFile.layer,
      UsageFiles.layer,
      ResourcePinsFile.layer
    ).pipe(Layer.provide(surroundings(home)))
    const cellsRead = await quietly(
      Effect.gen(function* () {
        const journal = yield* RefreshJournal
        const read = yield* Effect.either(journal.find(fingerprint))
        // What is larger than any entry is refused, and then nothing is redeemed.
        if (Either.isLeft(read)) {
          assert.ok(entry.length > 500_000, read.left.message)
          return []
        }
        const found = read.right
        assert.ok(Option.isSome(found), "an entry that is there is not seen")
        yield* journal.unfinished
        yield* journal.record(fingerprint, found.value)
        const again = yield* journal.find(fingerprint)
        assert.deepStrictEqual(Option.getOrUndefined(again)?._tag, found.value._tag)
        const ledger = yield* UsageLedger
        ledger.record({
          at: Date.now(),
          agent: "main",
          profile: "anthropic:a",
          model: "m",
          client: "",
          ttl: "",
          usage: undefined
        })
        yield* ledger.flush
        const known = yield* ResourcePins
        known.note(
          { agent: AgentId.main, kind: "file", id: "file_2", profile: ProfileId.of("p") },
          Date.now()
        )
        known.find(AgentId.main, "file_1")
        return yield* ledger.cells({ since: 0, until: 8.64e15 })
      }).pipe(Effect.provide(layer))
    )
    if (cellsRead.length === 0) return
    // A lone surrogate is no text on disk.
    const written = Buffer.from(usage).toString("utf8")
    assert.ok((textOf(book) ?? "").startsWith(written), "what was in the book is gone")
  })
)
