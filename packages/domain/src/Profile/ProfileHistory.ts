/**
 * What a store keeps of a profile's former credentials by itself, beside what is kept aside.
 * Layers: PostgreSQL (`@clawdbot/postgres`). Without one there is none: the older copies of a file
 * are its adapter's.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { AgentId } from "../Agent/AgentId.ts"
import type { StoreUnavailable } from "./ProfileError.ts"
import type { ProfileId } from "./ProfileId.ts"

/** `forget` removes every former credential of a profile for good, and says how many there were. */
export interface History {
  readonly forget: (agent: AgentId, profile: ProfileId) => Effect.Effect<number, StoreUnavailable>
}

/** The history of this program's store; none where no layer gives one. */
export class ProfileHistory extends Context.Reference<ProfileHistory>()(
  "@clawdbot/domain/Profile/ProfileHistory",
  { defaultValue: (): History => ({ forget: () => Effect.succeed(0) }) }
) {}
