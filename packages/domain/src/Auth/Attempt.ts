/**
 * What an attempt with one credential tells `Failover`, and the trail that is kept of all of them.
 */
import type * as Effect from "effect/Effect"
import type { FailureClass, UpstreamFailure } from "../Health/UpstreamFailure.ts"
import type { Window } from "../Health/Window.ts"
import type { RefreshCause } from "../OAuth/OAuthError.ts"
import type { ProfileId } from "../Profile/ProfileId.ts"
import type { CredentialUse } from "./CredentialUse.ts"

/**
 * The result of sending a request with one credential. `value` is whatever the caller wants back.
 *
 * - `Answered`: a whole good answer went to the client.
 * - `Broken`: something went to the client, then it went wrong: nothing may be tried again
 *   (decision D28).
 * - `Refused`: nothing went to the client. `value` is the provider's own answer, to be handed on if
 *   no other credential can do better.
 * - `Abandoned`: the client went away; says nothing about the credential.
 */
export type AttemptResult<A> =
  | {
      readonly _tag: "Answered"
      readonly value: A
      readonly windows: ReadonlyArray<Window>
      readonly organization?: string | undefined
    }
  | { readonly _tag: "Broken"; readonly value: A; readonly failure: UpstreamFailure }
  | { readonly _tag: "Refused"; readonly value: A; readonly failure: UpstreamFailure }
  | { readonly _tag: "Abandoned"; readonly value: A }

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
}

/** All attempts of one request, first to last. */
export type Trail = ReadonlyArray<TrailEntry>
