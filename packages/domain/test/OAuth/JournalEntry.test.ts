import {
  decode,
  encode,
  holdsSecrets,
  isConsumed,
  type JournalEntry,
  unreadAnswer
} from "@clawdbot/domain/OAuth/JournalEntry"
import { assert, describe, it } from "@effect/vitest"
import * as Redacted from "effect/Redacted"
import * as fc from "fast-check"

const unread = { status: 200, bytes: Redacted.make("c2stYW50") }
const answered: JournalEntry = {
  _tag: "Answered",
  at: 1,
  grant: { access: Redacted.make("sk-ant-oat01-x") }
}
const settled: JournalEntry = { _tag: "Settled", at: 1, successor: "next" }

describe("JournalEntry", () => {
  const forms: ReadonlyArray<readonly [JournalEntry, Readonly<Record<string, unknown>>]> = [
    [
      { _tag: "Intent", at: 1 },
      { state: "intent", at: 1 }
    ],
    [
      { _tag: "Intent", at: 1, unread: { ...unread, encoding: "gzip" } },
      {
        state: "intent",
        at: 1,
        unread: { status: 200, bytes: "c2stYW50", encoding: "gzip" }
      }
    ],
    [answered, { state: "answered", at: 1, grant: { access: "sk-ant-oat01-x" } }],
    [settled, { state: "settled", at: 1, successor: "next" }],
    [
      { _tag: "Ended", at: 1, cause: "revoked", detail: "invalid_grant" },
      { state: "ended", at: 1, cause: "revoked", detail: "invalid_grant" }
    ]
  ]
  for (const [entry, written] of forms)
    it(`is written and read as ${written.state}: ${Object.keys(written).join(", ")}`, () => {
      assert.deepStrictEqual(Redacted.value(encode(entry)), { version: 1, ...written })
      assert.deepStrictEqual(decode(written), entry)
    })

  it("is consumed with everything but an intent", () => {
    assert.deepStrictEqual(
      forms.filter(([entry]) => isConsumed(entry)).map(([entry]) => entry._tag),
      ["Answered", "Settled", "Ended"]
    )
  })

  it("takes whatever it cannot read for an intent", () => {
    fc.assert(fc.property(fc.anything(), (value) => decode(value)._tag === "Intent"))
    assert.strictEqual(decode({ state: "answered", at: 1, grant: {} })._tag, "Intent")
    assert.isFalse(isConsumed(decode(undefined)))
  })

  it("keeps the time of what it cannot read, and takes none for the oldest", () => {
    assert.deepStrictEqual(decode({ state: "of a later version", at: 5 }), {
      _tag: "Intent",
      at: 5
    })
    assert.deepStrictEqual(decode({ state: "of a later version" }), { _tag: "Intent", at: 0 })
    assert.deepStrictEqual(decode({ state: "intent", at: "yesterday" }), { _tag: "Intent", at: 0 })
  })

  it("takes a login that ended for an unknown reason for one that is used up", () => {
    assert.deepStrictEqual(decode({ state: "ended", at: 5, cause: "of a later version" }), {
      _tag: "Ended",
      at: 5,
      cause: "consumed",
      detail: ""
    })
  })

  it("holds secrets with an answer, whether it could be read or not", () => {
    const entries: ReadonlyArray<readonly [JournalEntry, boolean]> = [
      [answered, true],
      [{ _tag: "Intent", at: 1, unread }, true],
      [{ _tag: "Ended", at: 1, cause: "revoked", detail: "", unread }, true],
      [settled, false],
      [{ _tag: "Intent", at: 1 }, false],
      [{ _tag: "Ended", at: 1, cause: "revoked", detail: "" }, false]
    ]
    for (const [entry, holds] of entries)
      assert.strictEqual(holdsSecrets(entry), holds, JSON.stringify(entry))
  })

  it("gives the answer that could not be read where there is one", () => {
    assert.strictEqual(unreadAnswer({ _tag: "Intent", at: 1, unread }), unread)
    assert.strictEqual(
      unreadAnswer({ _tag: "Ended", at: 1, cause: "revoked", detail: "", unread }),
      unread
    )
    assert.isUndefined(unreadAnswer(answered))
    // What another program wrote beside the fields that are known says nothing.
    assert.isUndefined(unreadAnswer(Object.assign({}, settled, { unread })))
  })

  it("does not show the secrets of an answer", () => {
    const entry = decode({
      state: "answered",
      at: 1,
      grant: { access: "sk-ant-oat01-x", refresh: "sk-ant-ort01-x" }
    })
    assert.notInclude(JSON.stringify(entry), "sk-ant-")
    assert.notInclude(JSON.stringify(encode(entry)), "sk-ant-")
    assert.include(JSON.stringify(Redacted.value(encode(entry))), "sk-ant-ort01-x")
  })
})
