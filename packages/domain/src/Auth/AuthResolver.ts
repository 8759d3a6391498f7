/** Which credential a request gets: gathers the facts, asks the pure {@link "./Order.ts"}, resolves the secret. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { ConfigInvalid, ConfigUnavailable } from "../Config/ConfigError.ts"
import type { ProfileStoreError } from "../Profile/ProfileError.ts"
import type { AuthError } from "./AuthError.ts"
import type { AuthRequest } from "./AuthRequest.ts"
import type { CredentialUse } from "./CredentialUse.ts"
import type { Explanation } from "./Explanation.ts"

export type ResolveError = AuthError | ProfileStoreError | ConfigInvalid | ConfigUnavailable

export class AuthResolver extends Context.Tag("@clawdbot/domain/Auth/AuthResolver")<
  AuthResolver,
  {
    readonly resolve: (request: AuthRequest) => Effect.Effect<CredentialUse, ResolveError>
    readonly explain: (request: AuthRequest) => Effect.Effect<Explanation, ProfileStoreError | ConfigInvalid | ConfigUnavailable>
  }
>() {}
