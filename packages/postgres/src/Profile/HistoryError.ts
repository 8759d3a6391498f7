/** What can go wrong with a former version of a credential. Nothing was changed. */
import * as Schema from "effect/Schema"

/** There is no such version, or no longer: five are kept of each profile. */
export class VersionUnknown extends Schema.TaggedError<VersionUnknown>()("VersionUnknown", {
  agent: Schema.String,
  profile: Schema.String,
  version: Schema.Number
}) {
  override get message() {
    const of = `the profile ${this.profile} of agent ${this.agent}`
    return `no version ${this.version} is kept of ${of}`
  }

  get cure(): string {
    return `to list the versions: clawdbot store history --agent ${this.agent}`
  }
}

/** It is kept, and must not be stored again. */
export class VersionRefused extends Schema.TaggedError<VersionRefused>()("VersionRefused", {
  agent: Schema.String,
  profile: Schema.String,
  version: Schema.Number,
  /**
   * `redeemed`: its refresh token was used already, and using it again ends the login.
   * `unreadable`: this version of the program cannot read it, or it is sealed under another key.
   */
  reason: Schema.Literal("redeemed", "unreadable")
}) {
  override get message() {
    const why =
      this.reason === "redeemed"
        ? "its refresh token was used already, and using it again would end the login"
        : "it cannot be read by this version of clawdbot with this key"
    return `version ${this.version} of the profile ${this.profile} cannot be restored: ${why}`
  }

  get cure(): string {
    return (
      "choose a version that this command lists as restorable: clawdbot store history " +
      `--agent ${this.agent}`
    )
  }
}

/** Any of them. */
export type HistoryError = VersionUnknown | VersionRefused
