/** Why a change that a person asked for was not made. */

import * as Schema from "effect/Schema"
import { taggedError } from "../Document/taggedError.ts"

/** A thing this program does not do, with the way that there is. */
export class NotOffered extends taggedError<NotOffered>()("NotOffered", () => ({
  what: Schema.String,
  instead: Schema.String
})) {
  override get message() {
    return this.what
  }
}

/**
 * A profile that was named is not there, or not of the kind that was meant. Nothing was changed.
 */
export class ProfileUnknown extends taggedError<ProfileUnknown>()("ProfileUnknown", () => ({
  profile: Schema.String,
  /** The agent's folder. */
  where: Schema.String,
  /** `missing`, or what is wrong with it. */
  problem: Schema.String
})) {
  override get message() {
    if (this.problem === "missing")
      return `auth profile "${this.profile}" not found in ${this.where}`
    return `auth profile "${this.profile}" cannot be used: ${this.problem}`
  }
}
