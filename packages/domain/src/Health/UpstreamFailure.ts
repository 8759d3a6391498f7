/**
 * What went wrong with one attempt, in the closed set of classes of decision D9, and what follows
 * from each (D10, D13).
 */
import { type FailureClass, traitsOf } from "./FailureClass.ts"
import { partsOf, type Scope } from "./Scope.ts"
import type { Window } from "./Window.ts"

export type { FailureClass } from "./FailureClass.ts"

/** One failed attempt. Carries no body and no secret. */
export interface UpstreamFailure {
  readonly class: FailureClass
  /** HTTP status; absent when no answer came. */
  readonly status?: number | undefined
  /** `error.type` of the provider's envelope. */
  readonly errorType?: string | undefined
  /** `error.details.error_code` of the provider's envelope. */
  readonly errorCode?: string | undefined
  /** The provider's own words, at most 300 characters. */
  readonly message?: string | undefined
  readonly requestId?: string | undefined
  /** Epoch ms at which the provider says to come back. */
  readonly retryAt?: number | undefined
  /**
   * What it stands in the way of, where no window of it blocks; absent: the whole credential.
   */
  readonly scope?: Scope | undefined
  /** Limits the answer states. */
  readonly windows: ReadonlyArray<Window>
}

/** Whether the failure says something about the credential, and so counts against it (D10). */
export const isCredentialsFault = (failure: Pick<UpstreamFailure, "class">): boolean =>
  traitsOf(failure.class).about === "credential"

/**
 * Whether it is the provider's weather: nobody's credential is at fault, and another one may be
 * tried once.
 */
export const isWeather = (failure: Pick<UpstreamFailure, "class">): boolean =>
  traitsOf(failure.class).about === "provider"

/** Whether another credential could answer the same request. */
export const mayMoveOn = (failure: Pick<UpstreamFailure, "class">): boolean =>
  traitsOf(failure.class).about !== "request"

/** Whether a refresh may cure it: the provider itself, and no wall, refused the access token. */
export const isLoginRefused = (failure: Pick<UpstreamFailure, "class" | "status">): boolean =>
  failure.class === "auth" && failure.status === 401

const explanatory = { credential: 0, use: 1, provider: 2, request: 3 } as const

/**
 * Whether a failure says more than another about why no credential answered. One that met an
 * overload is still good, and one that may not be used for this request too: that, not the limits
 * of the others, is the reason.
 */
export const takesPrecedence = (
  one: Pick<UpstreamFailure, "class">,
  other: Pick<UpstreamFailure, "class">
): boolean => explanatory[traitsOf(one.class).about] > explanatory[traitsOf(other.class).about]

/**
 * Whether the provider's own answer goes back where no credential can do better: it is not about
 * the credentials, or about one resource that none of them may use.
 */
export const isPassedThrough = ({
  class: failureClass,
  scope
}: Pick<UpstreamFailure, "class" | "scope">): boolean => {
  const isOneResource = scope !== undefined && partsOf(scope).kind === "path"
  return traitsOf(failureClass).about !== "credential" || (failureClass === "auth" && isOneResource)
}
