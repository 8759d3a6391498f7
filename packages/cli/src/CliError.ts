/** What can go wrong between a command line and the domain. */

import { AgentUnknown } from "@clawdbot/domain/Agent/AgentUnknown"
import * as FileProblem from "@clawdbot/domain/Document/fileProblem"
import { taggedError } from "@clawdbot/domain/Document/taggedError"
import { NotOffered, ProfileUnknown } from "@clawdbot/domain/Profile/changeErrors"
import * as Schema from "effect/Schema"

export { AgentUnknown, NotOffered, ProfileUnknown }

/** The command line is not one of ours. `suggestion` is the nearest word that is. */
export class UsageError extends taggedError<UsageError>()("UsageError", () => ({
  problem: Schema.String,
  suggestion: Schema.optional(Schema.String),
  /** The command whose `--help` tells more, e.g. `clawdbot models status`. */
  command: Schema.String
})) {
  override get message() {
    return this.problem
  }
}

/** A command was called without what it needs, and there is no terminal to ask. */
export class InputMissing extends taggedError<InputMissing>()("InputMissing", () => ({
  problem: Schema.String,
  /** The flags and variables that give it. */
  flags: Schema.String
})) {
  override get message() {
    return this.problem
  }
}

/** A file or standard input that was to hold a secret cannot be read. */
export class InputUnreadable extends taggedError<InputUnreadable>()("InputUnreadable", () => ({
  source: Schema.String,
  code: Schema.String
})) {
  override get message() {
    return `cannot read ${this.source} (${FileProblem.inWords(this.code)})`
  }
}

/** A text names no model, or an alias or fallback that is not there. Nothing was changed. */
export class ModelUnknown extends taggedError<ModelUnknown>()("ModelUnknown", () => ({
  text: Schema.String,
  problem: Schema.Union(
    Schema.Literal("reference", "alias", "fallback", "empty alias", "alias shape"),
    Schema.TemplateLiteral("alias of ", Schema.String)
  )
})) {
  override get message() {
    switch (this.problem) {
      case "reference":
        return `invalid model reference: ${this.text}`
      case "alias":
        return `alias not found: ${this.text}`
      case "fallback":
        return `fallback not found: ${this.text}`
      case "empty alias":
        return "an alias cannot be empty"
      case "alias shape":
        return (
          "an alias uses letters, numbers, dots, underscores, colons and dashes, not: " +
          `${this.text}`
        )
      default:
        return `${this.text} is already an ${this.problem}`
    }
  }
}

/** The person stopped it. */
export class Cancelled extends taggedError<Cancelled>()("Cancelled", () => ({})) {
  override get message() {
    return "cancelled; nothing was changed"
  }
}

/** The config holds nothing at a key, and there is no default either. */
export class KeyNotSet extends taggedError<KeyNotSet>()("KeyNotSet", () => ({
  key: Schema.String,
  /** Whether a config may hold it. */
  isKnown: Schema.Boolean,
  /** The known key that was most likely meant, where this is none. */
  nearest: Schema.optional(Schema.String)
})) {
  override get message() {
    if (this.isKnown) return `${this.key} is not set`
    return `${this.key} is not a known key`
  }
}

/** A repair could not be made. What stood before stands as it was. */
export class RepairFailed extends taggedError<RepairFailed>()("RepairFailed", () => ({
  what: Schema.String,
  path: Schema.String,
  code: Schema.String
})) {
  override get message() {
    return `cannot ${this.what} ${this.path} (${FileProblem.inWords(this.code)})`
  }
}

/**
 * The folder the command was called in does not exist any more, so that no path can be made whole.
 */
export class WorkingFolderGone extends taggedError<WorkingFolderGone>()(
  "WorkingFolderGone",
  () => ({})
) {
  override get message() {
    return "the working folder no longer exists"
  }
}

/** No gateway listens on the socket of this state folder. */
export class GatewayNotRunning extends taggedError<GatewayNotRunning>()(
  "GatewayNotRunning",
  () => ({
    path: Schema.String
  })
) {
  override get message() {
    return `Gateway is not running on this state folder (${this.path})`
  }
}

export type CliError =
  | UsageError
  | InputMissing
  | InputUnreadable
  | NotOffered
  | ProfileUnknown
  | AgentUnknown
  | ModelUnknown
  | Cancelled
  | KeyNotSet
  | RepairFailed
  | WorkingFolderGone
  | GatewayNotRunning
