import { describe, it } from "@effect/vitest"
import { killWriters, writeTogether } from "./storeProcesses.ts"

describe("many processes on one store", () => {
  it.live("16 processes that write at once lose nothing", () => writeTogether(16, 4), 300_000)
  it.live(
    "10 kills at any moment leave a whole store, with everything that was said to be in it",
    () => killWriters(10),
    600_000
  )
})
