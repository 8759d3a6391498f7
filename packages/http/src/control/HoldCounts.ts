/** How often requests waited for their conversation's credential, and for how long. */
import type { Held } from "@clawdbot/domain/Auth/hold"
import { Counters } from "./Counters.ts"
import { family } from "./exposition.ts"

/** The counts of one gateway. */
export class HoldCounts {
  private readonly ends = new Counters(["end"])
  private ms = 0

  /** Counts one wait. */
  add({ end, ms }: Held): void {
    this.ends.add(end, "", () => [end])
    this.ms += ms
  }

  /** The families. */
  families(): ReadonlyArray<string> {
    const [requests, seconds] = [
      "clawdbot_requests_held_total",
      "clawdbot_requests_held_seconds_total"
    ]
    return [
      family(
        requests,
        "counter",
        "Requests that waited for the credential of their conversation: until its limit was " +
          "over, until their client left, or not at all, as too many waited (full).",
        this.ends.samples(requests)
      ),
      family(seconds, "counter", "How long they waited, in all.", [`${seconds} ${this.ms / 1_000}`])
    ]
  }
}
