import { JournalUnavailable } from "@clawdbot/domain/OAuth/RefreshJournal"
import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"

describe("JournalUnavailable", () => {
  it("says what cannot be done with which file, with the system's code or ours in words", () => {
    const messageOf = (code: string) =>
      new JournalUnavailable({ path: "/journal", operation: "write", code }).message
    assert.strictEqual(messageOf("ENOSPC"), "cannot write the refresh journal /journal (ENOSPC)")
    assert.strictEqual(
      messageOf("DATABASE"),
      "cannot write the refresh journal /journal (the database cannot be used now)"
    )
  })

  it("is read as it was written", () => {
    for (const operation of ["read", "write", "list"] as const) {
      const error = new JournalUnavailable({ path: "/journal", operation, code: "EIO" })
      const written = Schema.encodeSync(JournalUnavailable)(error)
      assert.deepInclude(written, { path: "/journal", operation, code: "EIO" })
      assert.deepStrictEqual(Schema.decodeSync(JournalUnavailable)(written), error)
    }
  })
})
