/**
 * The failures of `models auth refresh` that are tried again until the time limit of a refresh,
 * half a minute.
 */
import { describe, it } from "@effect/vitest"
import { afterTrying, recordedFailures } from "./failures.ts"

describe("what a person sees when a refresh was tried for half a minute", () => {
  it.scopedLive(
    "is as recorded, and leaves the tokens where they were",
    () => recordedFailures("../golden/refreshFailures.long.txt", afterTrying),
    90_000
  )
})
