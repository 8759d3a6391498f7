import { describe, it } from "@effect/vitest"
import { oneRefreshFor } from "./askedAtOnce.ts"

describe("50 programs that ask for a token at once", () => {
  it.scopedLive("cause one refresh, and all get the new token", () => oneRefreshFor(50), 120_000)
})
