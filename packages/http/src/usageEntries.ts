/** What a served request adds to the usage ledger. Pure. */
import type { UsageEntry } from "@clawdbot/domain/Usage/UsageCell"
import type { ServedRequest } from "./dataPlane/ServedRequest.ts"

/**
 * An entry for each attempt that was answered: a request that moved on in the middle may have used
 * tokens of two credentials.
 */
export const usageEntries = ({
  agent,
  client,
  endedAt,
  fallback,
  model,
  ttl,
  used
}: ServedRequest): ReadonlyArray<UsageEntry> =>
  used.map(({ assumed, cost, model: sent, profile, usage }) => ({
    at: endedAt,
    agent,
    profile,
    model: sent ?? (fallback === undefined ? model : fallback.asked) ?? "",
    client: client ?? "",
    ttl: ttl ?? "",
    usage,
    cost,
    assumed
  }))
