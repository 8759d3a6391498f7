import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { ChunkRelief } from "../../src/Process/ChunkRelief.ts"

const megabyte = 1024 * 1024

describe("ChunkRelief", () => {
  it("collects once for so many bytes, however they are cut", () => {
    for (const size of [1, 7, 1_000]) {
      let collections = 0
      const relief = new ChunkRelief(() => collections++, 1_000)
      for (let bytes = 0; bytes < 10_000; bytes += size) relief.passed(size)
      assert.strictEqual(collections, size === 7 ? 9 : 10)
    }
  })

  it.live("chunks that have passed do not gather", () =>
    Effect.gen(function* () {
      const relief = new ChunkRelief()
      const external = (): number => process.memoryUsage().arrayBuffers
      const before = external()
      let most = 0
      for (let chunk = 0; chunk < 10_000; chunk++) {
        relief.passed(Buffer.from("x".repeat(64 * 1024)).length)
        most = Math.max(most, external() - before)
        if (chunk % 100 === 0) yield* Effect.yieldNow()
      }
      assert.isBelow(most, 40 * megabyte)
    })
  )
})
