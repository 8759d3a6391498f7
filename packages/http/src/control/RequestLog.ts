/**
 * The last requests with their attempts, in memory: what the control plane shows and streams. No
 * body, no secret.
 */
import type { Trail } from "@clawdbot/domain/Auth/Attempt"
import { lazily } from "@clawdbot/domain/Document/lazily"
import { CacheReport } from "@clawdbot/domain/PromptCache/CacheReport"
import * as Schema from "effect/Schema"

/** One attempt with one credential. Epoch ms. */
export const Attempt = lazily(() =>
  Schema.Struct({
    profile: Schema.String,
    startedAt: Schema.Number,
    endedAt: Schema.Number,
    result: Schema.Literal("answered", "broken", "refused", "abandoned", "unrefreshed"),
    failureClass: Schema.optional(Schema.String),
    /** The provider's status. */
    status: Schema.optional(Schema.Number),
    /** Why its login could not be refreshed. */
    cause: Schema.optional(Schema.String),
    /** How long the request waited for its conversation's credential before, in ms. */
    heldMs: Schema.optional(Schema.Number),
    /** The model it was sent with, where that is not the one the request names. */
    model: Schema.optional(Schema.String)
  })
)

/** One request. Epoch ms. */
export const RequestRecord = lazily(() =>
  Schema.Struct({
    /** Counts up from the gateway's start. */
    id: Schema.Number,
    startedAt: Schema.Number,
    /**
     * When the provider's answer began to go to the client; for a stream, with its first content.
     * Absent where none did.
     */
    firstByteAt: Schema.optional(Schema.Number),
    endedAt: Schema.Number,
    /** Whether the client asked for a stream. */
    stream: Schema.optional(Schema.Boolean),
    method: Schema.String,
    /** Without its query. */
    path: Schema.String,
    /** What the client got; 0 where it left before there was an answer. */
    status: Schema.Number,
    /** The model that answered, or was to answer. */
    model: Schema.optional(Schema.String),
    /** Which model the request names, which answered in its place, and why. */
    modelFallback: Schema.optional(Schema.String),
    /**
     * How long it waited for its conversation's credential, in ms, and how that ended: in time,
     * with the client's leaving, or at once, as too many waited.
     */
    held: Schema.optional(
      Schema.Struct({ ms: Schema.Number, end: Schema.Literal("over", "left", "full") })
    ),
    agent: Schema.optional(Schema.String),
    /** The name of the client's token; absent for the gateway's own token. */
    client: Schema.optional(Schema.String),
    attempts: Schema.Array(Attempt),
    /**
     * The profiles that were no choice when the request came, and why. Known only where the access
     * log is written.
     */
    passedOver: Schema.optional(
      Schema.Array(Schema.Struct({ profile: Schema.String, why: Schema.String }))
    ),
    /**
     * The profile that the conversation was on before, where another one answered. Known only where
     * the access log is written.
     */
    movedFrom: Schema.optional(Schema.String),
    /** What the prompt cache did, where that is known. */
    cache: Schema.optional(CacheReport),
    /** Why the gateway itself answered, such as `AllInCooldown` or `ClientTokenRefused`. */
    refused: Schema.optional(Schema.String)
  })
)
export type RequestRecord = typeof RequestRecord.Type

/** How many requests are kept. */
export const maxRequests = 200

/** Of a request's attempts so many of the first ones are kept, and as many of the last. */
export const maxAttemptsAtEitherEnd = 25

/** A request as it is kept: a walk over thousands of credentials is not. */
const short = (report: RequestReport): RequestReport => {
  const { attempts } = report
  if (attempts.length <= 2 * maxAttemptsAtEitherEnd) return report
  return {
    ...report,
    attempts: [
      ...attempts.slice(0, maxAttemptsAtEitherEnd),
      ...attempts.slice(-maxAttemptsAtEitherEnd)
    ]
  }
}

/** What is reported of one request. `id` is given by the log. */
export interface RequestReport extends Omit<RequestRecord, "id" | "attempts"> {
  readonly attempts: Trail
}

/** A ring of the last requests; `subscribe` hears of new ones until its answer is called. */
export class RequestLog {
  private next = 0
  private readonly ring: Array<RequestReport> = []
  private readonly listeners = new Set<(record: RequestRecord) => void>()

  /** Keeps a request, in place of the oldest one. */
  add(report: RequestReport): void {
    const id = this.next
    const record = short(report)
    this.ring[id % maxRequests] = record
    this.next += 1
    for (const listener of this.listeners) listener({ id, ...record })
  }

  /** The newest first. */
  last(limit = maxRequests): ReadonlyArray<RequestRecord> {
    const records: Array<RequestRecord> = []
    for (let id = this.next - 1; id >= 0 && records.length < limit; id--) {
      const report = this.ring[id % maxRequests]
      if (report === undefined || id < this.next - maxRequests) break
      records.push({ id, ...report })
    }
    return records
  }

  subscribe(listener: (record: RequestRecord) => void): () => void {
    this.listeners.add(listener)
    return () => void this.listeners.delete(listener)
  }
}
