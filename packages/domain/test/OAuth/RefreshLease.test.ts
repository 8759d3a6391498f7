import { LeaseUnavailable } from "@clawdbot/domain/OAuth/RefreshLease"
import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"

describe("LeaseUnavailable", () => {
  it("says whether somebody holds the lease, or this system can make none", () => {
    assert.strictEqual(
      new LeaseUnavailable({ reason: "busy", detail: "waited 120 s" }).message,
      "another process has been refreshing this login for too long (waited 120 s)"
    )
    assert.strictEqual(
      new LeaseUnavailable({ reason: "system", detail: "ENOSPC" }).message,
      "this system cannot create a refresh lease (ENOSPC)"
    )
  })

  it("is read as it was written", () => {
    for (const reason of ["busy", "system"] as const) {
      const error = new LeaseUnavailable({ reason, detail: "ENOSPC" })
      const written = Schema.encodeSync(LeaseUnavailable)(error)
      assert.deepInclude(written, { reason, detail: "ENOSPC" })
      assert.deepStrictEqual(Schema.decodeSync(LeaseUnavailable)(written), error)
    }
  })
})
