import { assert, describe, it } from "@effect/vitest"
import { HeapRelief } from "../../src/Process/HeapRelief.ts"

const megabyte = 1024 * 1024

describe("HeapRelief", () => {
  it(
    "asks for a collection while much more is held than at the best of times, four times a " +
      "minute",
    () => {
      const clock = { now: 0, held: 60 * megabyte }
      const relief = new HeapRelief(
        () => clock.now,
        () => clock.held
      )
      const asked: Array<number> = []
      const looks = (held: number, until: number) => {
        clock.held = held * megabyte
        for (; clock.now < until; clock.now += 5_000) if (relief.look()) asked.push(clock.now)
      }
      looks(60, 30_000)
      looks(90, 60_000)
      assert.deepStrictEqual(asked, [])
      looks(400, 100_000)
      assert.deepStrictEqual(asked, [60_000, 75_000, 90_000])
    }
  )
})
