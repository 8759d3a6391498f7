import { describe, it } from "@effect/vitest"
import { concurrentSets, killedSets } from "./processes.ts"

describe("processes that change one config", () => {
  it.live("lose nothing: 20 at a time", () => concurrentSets(20, 20), 60_000)
  it.live("leave it whole when they are killed: 4 times", () => killedSets(4), 60_000)
})
