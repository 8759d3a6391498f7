import { assert, describe, it } from "@effect/vitest"
import * as fc from "effect/FastCheck"
import { lazyWriteMs } from "../../src/Health/writeDelay.ts"

describe("how long a health file may be behind by what can wait", () => {
  for (const [credentials, ms] of [
    [0, 5_000],
    [3, 5_000],
    [1_000, 5_000],
    [2_000, 10_000],
    [10_000, 50_000],
    [100_000, 60_000]
  ] as const) {
    it(`${ms / 1_000} s with ${credentials} credentials`, () => {
      assert.strictEqual(lazyWriteMs(credentials), ms)
    })
  }

  it.prop(
    "no more credentials are written in a second than those of an ordinary file, up to the most",
    [fc.integer({ min: 0, max: 12_000 })],
    ([credentials]) => {
      assert.isAtMost(credentials / (lazyWriteMs(credentials) / 1_000), 200 + 1e-9)
    }
  )
})
