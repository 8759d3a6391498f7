import { describe, it } from "@effect/vitest"
import { ledgerEqualsProvider } from "./usageTraffic.ts"

describe("usage of many requests", () => {
  it.live(
    "5,000 mixed requests: the ledger has what the provider told, to the token",
    () => ledgerEqualsProvider(5_000),
    {
      timeout: 120_000
    }
  )
})
