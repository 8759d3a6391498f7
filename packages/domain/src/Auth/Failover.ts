/** Walks the candidates of a request until one answers (design.md, "The path of a request"). */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { AttemptResult, Trail } from "./Attempt.ts"
import type { AuthRequest } from "./AuthRequest.ts"
import type { ResolveError } from "./AuthResolver.ts"
import type { CredentialUse } from "./CredentialUse.ts"

export class Failover extends Context.Tag("@clawdbot/domain/Auth/Failover")<
  Failover,
  {
    readonly run: <A, E, R>(
      request: AuthRequest,
      attempt: (use: CredentialUse) => Effect.Effect<AttemptResult<A>, E, R>
    ) => Effect.Effect<{ readonly result: AttemptResult<A>; readonly trail: Trail }, E | ResolveError, R>
  }
>() {}
