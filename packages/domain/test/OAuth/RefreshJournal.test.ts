import { JournalUnavailable } from "@clawdbot/domain/OAuth/RefreshJournal"
import { assert, describe, it } from "@effect/vitest"

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
})
