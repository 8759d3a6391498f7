/**
 * Port: one process at a time redeems a refresh token (decision D8a, docs/formats.md). Layers: per
 * machine (`@clawdbot/node`), memory (`@clawdbot/testing`).
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

/**
 * The lease could not be had: somebody alive holds it for too long, or this system cannot make one.
 */
export class LeaseUnavailable extends Schema.TaggedError<LeaseUnavailable>()("LeaseUnavailable", {
  reason: Schema.Literal("busy", "system"),
  /** The system's code, or how long was waited. */
  detail: Schema.String
}) {
  override get message() {
    if (this.reason === "busy")
      return `another process has been refreshing this login for too long (${this.detail})`
    return `this system cannot create a refresh lease (${this.detail})`
  }
}

/**
 * `withLease` runs an effect while nobody else on this machine holds the lease of that fingerprint.
 * It is released by the system itself when its holder dies, and never taken from one that lives.
 * Waiting is bounded and interruptible.
 */
export class RefreshLease extends Context.Tag("@clawdbot/domain/OAuth/RefreshLease")<
  RefreshLease,
  {
    readonly withLease: <A, E, R>(
      fingerprint: string,
      effect: Effect.Effect<A, E, R>
    ) => Effect.Effect<A, E | LeaseUnavailable, R>
  }
>() {}
