/** Where the gateway listens, and which port is proposed in place of one that is taken. */
import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { otherPort } from "../../src/Config/gatewayAddress.ts"

describe("the port that is proposed in place of one", () => {
  it("is another one, and one that exists", () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 65_535 }), (taken) => {
        assert.notStrictEqual(otherPort(taken), taken)
        assert.isAtMost(otherPort(taken), 65_535)
        assert.isAtLeast(otherPort(taken), 1)
      }),
      { examples: [[65_535], [1]] }
    ))
})
