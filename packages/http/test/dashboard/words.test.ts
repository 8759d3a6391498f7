import { assert, describe, it } from "@effect/vitest"

interface Words {
  readonly iso: (at: number) => string
  readonly clockTime: (at: number) => string
  readonly moment: (at: number) => string
  readonly bucketName: (at: number, isDay: boolean) => string
}

/** The page's own module, which has no declarations. */
const page = new URL("../../src/dashboard/page/words.js", import.meta.url).href
const words: Words = await import(page)

describe("times on the dashboard", () => {
  it("out of range are shown as the nearest one in range, and end nothing", () => {
    for (const at of [8.64e15 + 1, 1e306, Number.POSITIVE_INFINITY, Number.NaN, -1e300]) {
      assert.match(words.iso(at), /^\+?\d{4,6}-/)
      for (const text of [words.clockTime(at), words.moment(at), words.bucketName(at, true)])
        assert.match(text, /\d/)
    }
  })
})
