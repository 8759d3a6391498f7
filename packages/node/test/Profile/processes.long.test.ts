import { describe, it } from "@effect/vitest"
import { killWriters, writeTogether } from "./storeProcesses.ts"

describe("many processes on one store", () => {
  it.live("64 processes that write at once lose nothing", () => writeTogether(64, 5), 300_000)
  it.live(
    "300 kills at any moment leave a whole store, with everything that was said to be in it",
    () => killWriters(300),
    1_200_000
  )
})
