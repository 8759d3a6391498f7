/** What hears of requests to report them to a collector. */
import type { ServedRequest } from "../dataPlane/ServedRequest.ts"

/** A gateway's way to its collector. */
export interface Telemetry {
  /** Takes a request that has ended. Nothing waits for it, and nothing of it can fail. */
  readonly record: (served: ServedRequest) => void
}
