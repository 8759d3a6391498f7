/**
 * Why no credential could be given. Each carries the whole {@link Explanation} (requirements S10,
 * S11 and S12, decisions S10–S12).
 */

import * as Schema from "effect/Schema"
import { taggedError } from "../Document/taggedError.ts"
import { type ExplainedRejection, Explanation, type RejectReason } from "./Explanation.ts"
import * as Sentences from "./errorSentences.ts"

/** Nothing is configured for the provider: no profile, no variable, no config key. */
export class NoApiKey extends taggedError<NoApiKey>()("NoApiKey", () => ({
  provider: Schema.String,
  agent: Schema.String,
  storePath: Schema.String,
  explanation: Explanation
})) {
  override get message() {
    return Sentences.noApiKey(this, this.storePath)
  }
}

/** Profiles are there, but none of them can be used: expired, disabled, without a secret … */
export class NoCredentials extends taggedError<NoCredentials>()("NoCredentials", () => ({
  /** The profile that was asked for; absent when the whole chain was tried. */
  profile: Schema.optional(Schema.String),
  provider: Schema.String,
  agent: Schema.String,
  storePath: Schema.String,
  explanation: Explanation
})) {
  /** What lets the profiles that are there be used again, where that is known. */
  get cures(): ReadonlyArray<string> {
    return Sentences.curesOf(this)
  }

  /** Why the profile that was asked for cannot be used; without one, why each cannot. */
  get concerned(): Explanation["rejected"] {
    return Sentences.concerned(this)
  }

  override get message() {
    return Sentences.noCredentials(this, this.storePath)
  }
}

/** Every candidate rests. `retryAt` (epoch ms) is when the first one comes back. */
export class AllInCooldown extends taggedError<AllInCooldown>()("AllInCooldown", () => ({
  provider: Schema.String,
  agent: Schema.String,
  storePath: Schema.String,
  retryAt: Schema.Number,
  /** Whether every one of them is out of credit. */
  outOfCredit: Schema.Boolean,
  /** Whether the provider refused every one of them, so that waiting will not help. */
  refused: Schema.Boolean,
  /** Keys that the pay-as-you-go guard kept back (decision D5). */
  heldBack: Schema.Array(Schema.String),
  explanation: Explanation
})) {
  override get message() {
    return Sentences.allInCooldown(this.provider, this.explanation)
  }
}

type Evidence = Pick<AllInCooldown, "outOfCredit" | "refused" | "heldBack" | "explanation">

/**
 * The error with its evidence, which is worked out once, when somebody asks for it: of hundreds of
 * credentials that cool down, most callers want to know only until when.
 */
export const makeAllInCooldown = (
  facts: Pick<AllInCooldown, "provider" | "agent" | "storePath" | "retryAt">,
  evidence: () => Evidence
): AllInCooldown => {
  const { agent, provider, storePath } = facts
  const nothing = { agent, provider, storePath, candidates: [], rejected: [] }
  const error = new AllInCooldown({
    ...facts,
    outOfCredit: false,
    refused: false,
    heldBack: [],
    explanation: nothing
  })
  let known: Evidence | undefined
  const found = (): Evidence => {
    known ??= evidence()
    return known
  }
  return Object.defineProperties(error, {
    outOfCredit: { get: () => found().outOfCredit },
    refused: { get: () => found().refused },
    heldBack: { get: () => found().heldBack },
    explanation: { get: () => found().explanation }
  })
}

/** Reasons that end only when a person signs in, or stores a new token. */
const signInReasons: ReadonlySet<RejectReason> = new Set(["login ended", "expired"])

/**
 * The credential for which signing in again is what helps: a login or a token of the agent is over,
 * and nothing else it has could be used (decision D41).
 */
export const endedLogin = ({
  explanation,
  profile
}: Pick<NoCredentials, "explanation" | "profile">): ExplainedRejection | undefined =>
  explanation.rejected
    .filter((entry) => profile === undefined || entry.profile === profile)
    .find(
      ({ cure, reason }) =>
        signInReasons.has(reason) ||
        // A refresh that fails for good names its cure; one that may succeed later names none.
        (reason === "refresh failed" && cure !== undefined)
    )

/** Whether there is one. */
export const isSignInRequired = (error: NoCredentials): boolean => endedLogin(error) !== undefined

/** Any reason why no credential could be given. */
export type AuthError = NoApiKey | NoCredentials | AllInCooldown

/** The arguments of `clawdbot models auth clear` for the candidate that is available first. */
export const clearArguments = ({
  agent,
  explanation
}: Pick<AllInCooldown, "agent" | "explanation">):
  | { readonly profile: string; readonly agent: string }
  | undefined => {
  const [first] = explanation.candidates
  if (first === undefined) return undefined
  // Keys of the environment and the config belong to no store: their health is the asking agent's.
  return { profile: first.profile, agent: first.owner === "" ? agent : first.owner }
}
