/**
 * Why a request got no credential, or no answer: the errors of the `Credentials` service, and how
 * each is said to a client of the Messages API.
 *
 * @since 0.1.0
 */
export {
  AllInCooldown,
  AnswerBroken,
  type CredentialError,
  CredentialsUnavailable,
  isAnswerBroken,
  isCredentialError,
  isProviderRefused,
  LoginEnded,
  NoCredentials,
  ProviderRefused
} from "./Auth/credentialFailures.ts"
export type { Explanation } from "./Auth/Explanation.ts"
export { type AnswerOptions, toResponse } from "./Auth/errorAnswer.ts"
