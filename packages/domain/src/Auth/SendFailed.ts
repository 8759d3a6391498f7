/**
 * An error of whoever sends, on its way through a walk over the credentials: kept apart from the
 * reasons why there is no credential, whose tags it may bear too.
 */
import type { ResolveError } from "./AuthResolver.ts"
import { credentialFailure } from "./credentialFailure.ts"
import type { CredentialError } from "./credentialFailures.ts"

/** The error as it was. */
export class SendFailed<E> {
  readonly error: E
  constructor(error: E) {
    this.error = error
  }
}

/** What a program gets to see. */
export const publicError = <E>(error: ResolveError | SendFailed<E>): CredentialError | E => {
  if (error instanceof SendFailed) return error.error
  return credentialFailure(error)
}
