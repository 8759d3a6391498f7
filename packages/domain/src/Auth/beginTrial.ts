/** Asks to send a request with a credential that is cooling down (decision D32). */
import type * as Effect from "effect/Effect"
import type { HealthStore, TrialStart } from "../Health/HealthStore.ts"
import type { TrialKind } from "../Health/Trial.ts"
import type { CredentialUse } from "./CredentialUse.ts"
import type { Candidate } from "./Order.ts"

/** For all processes that share the state folder; returns when they can know of the trial. */
export const beginTrial = (
  healths: typeof HealthStore.Service,
  { obstacles }: Candidate,
  { owner, profile, secretFingerprint }: CredentialUse,
  kind: TrialKind
): Effect.Effect<TrialStart> =>
  healths.beginTrial({ agent: owner, profile, secretFingerprint, obstacles, kind })
