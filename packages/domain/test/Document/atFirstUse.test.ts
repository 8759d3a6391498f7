import { assert, describe, it } from "@effect/vitest"
import { atFirstUse } from "../../src/Document/atFirstUse.ts"

describe("atFirstUse", () => {
  it("makes the function when it is first called, and once", () => {
    let made = 0
    const add = atFirstUse(() => {
      made += 1
      return (one: number, other: number) => one + other
    })
    assert.strictEqual(made, 0)
    assert.strictEqual(add(1, 2), 3)
    assert.strictEqual(add(3, 4), 7)
    assert.strictEqual(made, 1)
  })

  it("makes it again where making it failed", () => {
    let tries = 0
    const read = atFirstUse(() => {
      tries += 1
      if (tries === 1) throw new Error("not yet")
      return () => tries
    })
    assert.throws(read, "not yet")
    assert.strictEqual(read(), 2)
  })
})
