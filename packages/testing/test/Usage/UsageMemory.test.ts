import * as UsageMemory from "@clawdbot/testing/Usage/UsageMemory"
import { usageLedgerContract } from "@clawdbot/testing/Usage/usageLedgerContract"
import { describe } from "@effect/vitest"

describe("UsageMemory", () => {
  usageLedgerContract(() => UsageMemory.layer)
})
