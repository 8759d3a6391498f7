/** What the command and the gateway's socket say of a report. */
import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { ReportOutcome } from "../../src/Auth/reportOutcome.ts"

describe("what came of a report", () => {
  const whole = { agent: "main", profile: "a", until: 5, message: "m" }

  it("is read as it was written, whatever came of it", () => {
    for (const result of ["cooling-down", "refreshed", "usable", "unchanged"] as const)
      assert.deepStrictEqual(Schema.decodeSync(ReportOutcome)({ ...whole, result }), {
        ...whole,
        result
      })
  })

  it("is nothing else", () => {
    assert.isFalse(Schema.is(ReportOutcome)({ ...whole, result: "" }))
    assert.isFalse(Schema.is(ReportOutcome)({ result: "usable" }))
  })
})
