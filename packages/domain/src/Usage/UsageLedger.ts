/**
 * Port: what was used, kept for as long as `gateway.usage.retentionDays` says. Layers: file
 * (`@clawdbot/node`), memory (`@clawdbot/testing`).
 */

import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as FileProblem from "../Document/fileProblem.ts"
import { taggedError } from "../Document/taggedError.ts"
import type { UsageCell, UsageEntry } from "./UsageCell.ts"

/** A usage file cannot be read or written. Requests are served all the same. */
export class UsageUnavailable extends taggedError<UsageUnavailable>()("UsageUnavailable", () => ({
  path: Schema.String,
  operation: Schema.Literal("read", "write"),
  code: Schema.String
})) {
  override get message() {
    return (
      `cannot ${this.operation} the usage file ${this.path} ` +
      `(${FileProblem.inWords(this.code)})`
    )
  }
}

/**
 * A span of time, from `since` up to but without `until`, in epoch ms; kept by the hour, so both
 * are taken down to theirs.
 */
export interface UsageSpan {
  readonly since: number
  readonly until: number
}

/**
 * - `record` counts at once, in memory; files follow within two seconds. It never waits and never
 *   fails.
 * - `cells` is what was used in a span of time, by this and by other processes, in no order.
 * - `flush` waits until everything recorded is on disk, or says why it is not.
 */
export class UsageLedger extends Context.Tag("@clawdbot/domain/Usage/UsageLedger")<
  UsageLedger,
  {
    readonly record: (entry: UsageEntry) => void
    readonly cells: (span: UsageSpan) => Effect.Effect<ReadonlyArray<UsageCell>, UsageUnavailable>
    readonly flush: Effect.Effect<void, UsageUnavailable>
  }
>() {}
