import { describe, it } from "@effect/vitest"
import { concurrentSets, killedSets } from "./processes.ts"

describe("processes that change one config", () => {
  // Of 200 at once the last would wait for the lock longer than the minute in which it is refused,
  // where the machine has something else to do.
  it.live("lose nothing: 200, 80 at a time", () => concurrentSets(200, 80), 300_000)
  it.live("leave it whole when they are killed: 200 times", () => killedSets(200), 300_000)
})
