/**
 * A report on a credential and what came of it, as they cross the command line and the gateway's
 * socket (decision D50).
 */
import * as Schema from "effect/Schema"
import type { AgentId } from "../Agent/AgentId.ts"
import type { ReportedAnswer } from "../Health/reportedAnswer.ts"
import type { ProfileId } from "../Profile/ProfileId.ts"

/** A report about one credential. */
export interface AnswerReport extends ReportedAnswer {
  readonly agent: AgentId
  readonly profile: ProfileId
  /** The `fingerprint` the credential was issued with; without one the current secret is meant. */
  readonly version?: string | undefined
}

/**
 * What came of a report: the profile cools down, its login was refreshed, a guessed cooldown is
 * over, or nothing was changed.
 */
export const ReportOutcome = Schema.Struct({
  agent: Schema.String,
  profile: Schema.String,
  result: Schema.Literal("cooling-down", "refreshed", "usable", "unchanged"),
  /** Epoch ms at which the cooldown is over. */
  until: Schema.optional(Schema.Number),
  /** The same for people. */
  message: Schema.String
})
export type ReportOutcome = typeof ReportOutcome.Type
