import { InFlightList } from "@clawdbot/http/InFlightList"
import { assert, it } from "@effect/vitest"
import * as fc from "fast-check"

it(
  "holds what entered and has not left, whatever comes and goes in between, and nobody leaves " +
    "twice",
  () => {
    // Each step is one that enters, or lets the one that entered at a position leave, perhaps
    // again.
    const steps = fc.array(fc.option(fc.nat(40), { nil: undefined }), { maxLength: 120 })
    fc.assert(
      fc.property(steps, (taken) => {
        const present = new InFlightList<number>()
        const leaves: Array<() => void> = []
        const expected = new Set<number>()
        for (const step of taken) {
          if (step === undefined) {
            expected.add(leaves.length)
            leaves.push(present.enter(leaves.length))
          } else if (leaves.length > 0) {
            const one = step % leaves.length
            expected.delete(one)
            leaves[one]?.()
          }
          assert.strictEqual(present.size, expected.size)
        }
        assert.deepStrictEqual(
          [...present].sort((a, b) => a - b),
          [...expected]
        )
      })
    )
  }
)
