import { describe, it } from "@effect/vitest"
import { concurrentSets, killedSets } from "./processes.ts"

describe("processes that change one config", () => {
  it.live("lose nothing: 20 at a time", () => concurrentSets(20, 20), 60_000)
  it.live("leave it whole when they are killed: 8 times", () => killedSets(8), 60_000)
})
