import * as Schema from "effect/Schema"
import { taggedError } from "../Document/taggedError.ts"
import { sourceOf } from "./ProfileId.ts"

/** What was written could not be read back the same. */
export class NotReadBack extends taggedError<NotReadBack>()("NotReadBack", () => ({
  path: Schema.String,
  what: Schema.String
})) {
  override get message() {
    return `${this.what} was written to ${this.path}, but reading the file back did not find it`
  }
}

/** The id that was named cannot be used for this credential. Nothing was changed. */
export class ProfileIdUnusable extends taggedError<ProfileIdUnusable>()(
  "ProfileIdUnusable",
  () => ({
    profile: Schema.String,
    /**
     * The agent that has a credential of another kind under it; absent for an unreadable record.
     */
    holder: Schema.optional(Schema.String),
    /** The id that can be used. */
    free: Schema.String
  })
) {
  override get message() {
    const source = sourceOf(this.profile)
    if (source !== undefined)
      return (
        `${this.profile} is the id of the key that ${source} holds, and no stored credential can ` +
        "have it"
      )
    if (this.holder === undefined)
      return (
        `${this.profile} is the id of a stored record that this version of clawdbot ` +
        "cannot read"
      )
    return (
      `agent ${this.holder} uses the id ${this.profile} for another type of credential, ` +
      "and the config has one type per id"
    )
  }
}
