import { describe, it } from "@effect/vitest"
import { ledgerEqualsProvider } from "./usageTraffic.ts"

describe("usage", () => {
  it.live(
    "the ledger has what the provider told, to the token: plain, streamed, packed, left, " +
      "broken off, failed over",
    () => ledgerEqualsProvider(300)
  )
})
