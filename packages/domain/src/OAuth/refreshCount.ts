/** How often this process redeemed refresh tokens, and what came of it: for whoever watches it. */
import * as Metric from "effect/Metric"
import type { RefreshCause } from "./OAuthError.ts"

/** What came of one redemption: `granted`, or why not. */
export type RefreshResult = "granted" | RefreshCause

/** Counts by {@link RefreshResult}. */
export const refreshCount = Metric.frequency("clawdbot_oauth_refreshes")
