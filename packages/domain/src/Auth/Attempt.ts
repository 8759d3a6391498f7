/**
 * An attempt with one credential as `Failover` makes it, and the trail that is kept of all of them.
 */
import type * as Effect from "effect/Effect"
import type { FailureClass } from "../Health/UpstreamFailure.ts"
import type { RefreshCause } from "../OAuth/OAuthError.ts"
import type { ProfileId } from "../Profile/ProfileId.ts"
import type { AttemptResult } from "./AttemptResult.ts"
import type { CredentialUse } from "./CredentialUse.ts"

/**
 * Sends a request with one credential. `onAccepted` is to be called as soon as a 2xx status is
 * known where the whole answer takes longer: it ends the cooldown that the request was a trial of,
 * for everybody who waits.
 */
export type Attempt<A, E = never, R = never> = (
  use: CredentialUse,
  onAccepted: () => void
) => Effect.Effect<AttemptResult<A>, E, R>

/**
 * One line of the trail: which credential, what came of it. `unrefreshed`: nothing was sent with
 * it, because its login could not be refreshed, for the `cause` that is named. Epoch ms.
 */
export interface TrailEntry {
  readonly profile: ProfileId
  readonly startedAt: number
  readonly endedAt: number
  readonly result: "answered" | "broken" | "refused" | "abandoned" | "unrefreshed"
  readonly failureClass?: FailureClass
  readonly status?: number
  readonly cause?: RefreshCause
  /** How long the request waited for its conversation's credential before, in ms. */
  readonly heldMs?: number
  /** The model it was sent with, where that is not the one the request names. */
  readonly model?: string
}

/** All attempts of one request, first to last. */
export type Trail = ReadonlyArray<TrailEntry>
