/**
 * The errors of the public `Credentials` service: four decisions for a program instead of one for
 * each way to fail. `../CredentialError.ts` is where they are imported from.
 */
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { taggedError } from "../Document/taggedError.ts"
import { Explanation } from "./Explanation.ts"
import * as Sentences from "./errorSentences.ts"

/** What every one of them says of its request. */
const asked = {
  agent: Schema.String,
  provider: Schema.String,
  /** Who could have answered, who not, and why. No secret. */
  explanation: Explanation
}

/**
 * There is no credential that could answer, however long one waits. `nothing-configured`: there is
 * none at all; `none-usable`: those that are there cannot be used.
 *
 * @since 0.1.0
 * @category errors
 */
export class NoCredentials extends taggedError<NoCredentials>()("NoCredentials", () => ({
  reason: Schema.Literal("nothing-configured", "none-usable"),
  /** The profile that was asked for; absent when any would do. */
  profile: Schema.optional(Schema.String),
  ...asked
})) {
  override get message() {
    if (this.reason === "nothing-configured") return Sentences.noApiKey(this, undefined)
    return Sentences.noCredentials(this, undefined)
  }
}

/**
 * Every credential is cooling down. `out-of-credit`: waiting does not help, money does;
 * `refused`: the provider refuses all of them.
 *
 * @since 0.1.0
 * @category errors
 */
export class AllInCooldown extends taggedError<AllInCooldown>()("AllInCooldown", () => ({
  reason: Schema.Literal("cooldown", "out-of-credit", "refused"),
  /** When the next request may get a credential, in epoch ms; 0 where no waiting helps. */
  retryAt: Schema.Number,
  /** Pay-per-use keys that are not used beside a subscription (`auth.payAsYouGoFallback`). */
  heldBack: Schema.Array(Schema.String),
  ...asked
})) {
  override get message() {
    return Sentences.allInCooldown(this.provider, this.explanation)
  }
}

/**
 * The login of `profile` is over, or its token expired, and there is nothing else to send with: a
 * person has to sign in again.
 *
 * @since 0.1.0
 * @category errors
 */
export class LoginEnded extends taggedError<LoginEnded>()("LoginEnded", () => ({
  profile: Schema.String,
  /** The command that signs in again. */
  cure: Schema.optional(Schema.String),
  ...asked
})) {
  override get message() {
    return Sentences.noCredentials({ ...this, profile: undefined }, undefined)
  }
}

/**
 * The credentials cannot be read, or a login cannot be refreshed for now. `cause` says what is
 * wrong and where; nothing was changed.
 *
 * @since 0.1.0
 * @category errors
 */
export class CredentialsUnavailable extends taggedError<CredentialsUnavailable>()(
  "CredentialsUnavailable",
  () => ({
    reason: Schema.Literal("config", "store", "refresh", "environment"),
    /** Which error it was: the `_tag` of `cause`. */
    code: Schema.String,
    /** What happened, without a path of this machine. */
    problem: Schema.String,
    /** The command or setting that cures it. */
    cure: Schema.optional(Schema.String),
    /** When asking again is worth it, in epoch ms, where that is known. */
    retryAt: Schema.optional(Schema.Number),
    cause: Schema.Defect,
    explanation: Explanation
  })
) {
  override get message() {
    return this.problem
  }
}

/**
 * Any reason why a request gets no credential.
 *
 * @since 0.1.0
 * @category errors
 */
export type CredentialError = NoCredentials | AllInCooldown | LoginEnded | CredentialsUnavailable

const headers = Schema.Record({ key: Schema.String, value: Schema.String })

/**
 * The provider refused the request, and no other credential can better that: its own answer.
 * `class` is what the refusal is about (`rate_limit`, `billing`, `format` …).
 *
 * @since 0.1.0
 * @category errors
 */
export class ProviderRefused extends taggedError<ProviderRefused>()("ProviderRefused", () => ({
  status: Schema.Number,
  class: Schema.String,
  headers,
  /** The body of the answer as text. */
  body: Schema.String,
  /** When the provider says to come back, in epoch ms. */
  retryAt: Schema.optional(Schema.Number),
  /** The profile whose answer this is. */
  profile: Schema.String,
  /** Who else there is, and what is known of this one since. No secret. */
  explanation: Explanation
})) {
  override get message() {
    return `the provider refused the request (status ${this.status}, ${this.class})`
  }
}

/**
 * A streamed answer broke off. `error-event`: an error came inside it, after its beginning was
 * handed on; whoever reads the bytes sees it too. `incomplete`: it ended without `message_stop`.
 *
 * @since 0.1.0
 * @category errors
 */
export class AnswerBroken extends taggedError<AnswerBroken>()("AnswerBroken", () => ({
  reason: Schema.Literal("incomplete", "error-event"),
  class: Schema.String,
  /** The provider's words, where it had any. */
  problem: Schema.String,
  profile: Schema.String,
  /** Who else there is, and what is known of this one since. No secret. */
  explanation: Explanation
})) {
  override get message() {
    return `the provider's answer broke off: ${this.problem}`
  }
}

const credentialErrors = ["NoCredentials", "AllInCooldown", "LoginEnded", "CredentialsUnavailable"]

// By their tags: a program may hold several copies of a package.
const hasTag = (error: unknown, tags: ReadonlyArray<string>): boolean =>
  tags.some((tag) => Predicate.isTagged(error, tag))

/**
 * Whether an error says why there is no credential.
 *
 * @since 0.1.0
 * @category guards
 */
export const isCredentialError = (error: unknown): error is CredentialError =>
  hasTag(error, credentialErrors)

/**
 * Whether an error is the provider's own answer.
 *
 * @since 0.1.0
 * @category guards
 */
export const isProviderRefused = (error: unknown): error is ProviderRefused =>
  hasTag(error, ["ProviderRefused"])

/**
 * Whether an error is that of an answer that broke off.
 *
 * @since 0.1.0
 * @category guards
 */
export const isAnswerBroken = (error: unknown): error is AnswerBroken =>
  hasTag(error, ["AnswerBroken"])
