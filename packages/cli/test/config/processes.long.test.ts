import { describe, it } from "@effect/vitest"
import { concurrentSets, killedSets } from "./processes.ts"

describe("processes that change one config", () => {
  it.live("lose nothing: 200, 80 at a time", () => concurrentSets(200, 80), 500_000)
  it.live("leave it whole when they are killed: 200 times", () => killedSets(200), 300_000)
})
