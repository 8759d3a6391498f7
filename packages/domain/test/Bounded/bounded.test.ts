import { boundedMemo } from "@clawdbot/domain/Bounded/boundedMemo"
import { maxText, shortPart, shortText } from "@clawdbot/domain/Bounded/shortText"
import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"

describe("texts that outlive a request", () => {
  it("are cut in the middle where they are long, and most that differ still do", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 400, unit: "binary" }), (text) => {
        const short = shortText(text)
        assert.isAtMost(short.length, maxText)
        if (text.length <= maxText) assert.strictEqual(short, text)
        assert.strictEqual(shortPart(`a${text}b`, 1, 1 + text.length), short)
      })
    )
    const long = "m".repeat(1_000)
    assert.notStrictEqual(shortText(`${long}1`), shortText(`${long}2`))
    assert.notStrictEqual(shortText(`1${long}`), shortText(`2${long}`))
  })
})

describe("boundedMemo", () => {
  it("calculates each name once, as long as there are few", () => {
    const calls: Array<string> = []
    const memo = boundedMemo((name) => calls.push(name), 3)
    for (const name of ["a", "b", "a", "c", "b"]) memo(name)
    assert.deepStrictEqual(calls, ["a", "b", "c"])
    assert.strictEqual(memo("a"), 1)
  })

  it("remembers no more names than it may, and no long ones", () => {
    let calls = 0
    const memo = boundedMemo((name) => `${name}${calls++}`, 3)
    const long = "x".repeat(maxText + 1)
    assert.notStrictEqual(memo(long), memo(long))
    for (let name = 0; name < 1_000; name++) memo(String(name))
    const before = calls
    memo("999")
    assert.strictEqual(calls, before)
    memo("1")
    assert.strictEqual(calls, before + 1)
  })
})
