import * as RefreshJournalMemory from "@clawdbot/testing/OAuth/RefreshJournalMemory"
import * as RefreshLeaseMemory from "@clawdbot/testing/OAuth/RefreshLeaseMemory"
import { refreshJournalContract } from "@clawdbot/testing/OAuth/refreshJournalContract"
import { refreshLeaseContract } from "@clawdbot/testing/OAuth/refreshLeaseContract"
import * as Layer from "effect/Layer"

refreshLeaseContract("memory", RefreshLeaseMemory.layer())
refreshJournalContract(
  "memory",
  Layer.suspend(() => RefreshJournalMemory.layer())
)
