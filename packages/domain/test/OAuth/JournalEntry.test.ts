import { decode, encode, isConsumed } from "@clawdbot/domain/OAuth/JournalEntry"
import { assert, describe, it } from "@effect/vitest"
import * as Redacted from "effect/Redacted"
import * as fc from "fast-check"

describe("JournalEntry", () => {
  it("takes whatever it cannot read for an intent", () => {
    fc.assert(fc.property(fc.anything(), (value) => decode(value)._tag === "Intent"))
    assert.strictEqual(decode({ state: "answered", at: 1, grant: {} })._tag, "Intent")
    assert.isFalse(isConsumed(decode(undefined)))
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
