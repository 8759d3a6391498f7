/**
 * Port: one process at a time redeems a refresh token (decision D8a, docs/formats.md). Layers: per
 * machine (`@clawdbot/node`), for all gateways of a store (`@clawdbot/postgres`), memory
 * (`@clawdbot/testing`).
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { taggedError } from "../Document/taggedError.ts"

/**
 * The lease could not be had: somebody alive holds it for too long, or this system cannot make one.
 */
export class LeaseUnavailable extends taggedError<LeaseUnavailable>()("LeaseUnavailable", () => ({
  reason: Schema.Literal("busy", "system"),
  /** The system's code, or how long was waited. */
  detail: Schema.String
})) {
  override get message() {
    if (this.reason === "busy")
      return `another process has been refreshing this login for too long (${this.detail})`
    return `this system cannot create a refresh lease (${this.detail})`
  }
}

/** The lease while it is held. */
export interface HeldRefreshLease {
  /**
   * Whether the provider may be asked now. A lease that ends by a clock may have ended while its
   * holder stood still, and then somebody else may be asking; one that only its holder's end
   * releases always says yes.
   */
  readonly mayAsk: () => boolean
}

/**
 * `withLease` runs an effect while nobody else within its reach holds the lease of that
 * fingerprint. It is released by itself when its holder dies. Waiting is bounded and interruptible.
 */
export class RefreshLease extends Context.Tag("@clawdbot/domain/OAuth/RefreshLease")<
  RefreshLease,
  {
    readonly withLease: <A, E, R>(
      fingerprint: string,
      use: (held: HeldRefreshLease) => Effect.Effect<A, E, R>
    ) => Effect.Effect<A, E | LeaseUnavailable, R>
  }
>() {}
