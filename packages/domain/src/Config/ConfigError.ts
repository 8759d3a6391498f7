/**
 * What can be wrong with a config, each with its place. Place and cure are data; sentences are made
 * from them.
 */

import * as Schema from "effect/Schema"
import * as FileProblem from "../Document/fileProblem.ts"
import { lazily } from "../Document/lazily.ts"
import { taggedError } from "../Document/taggedError.ts"
import { textIf, textOf } from "../Text/textIf.ts"

/** A place in a config file. Lines and columns count from 1. */
export const ConfigPlace = lazily(() =>
  Schema.Struct({
    /** Absolute path of the file, which may be an included one. */
    file: Schema.String,
    line: Schema.optional(Schema.Number),
    column: Schema.optional(Schema.Number),
    /** The text of that line, for the caret; left out where it holds a secret. */
    source: Schema.optional(Schema.String)
  })
)
export type ConfigPlace = typeof ConfigPlace.Type

/**
 * One thing that is wrong. `path` is the key path joined by dots, `<root>` for the document itself.
 */
export const ConfigIssue = lazily(() =>
  Schema.Struct({
    path: Schema.String,
    problem: Schema.String,
    /** What a right value looks like, or the command that cures it. */
    cure: Schema.optional(Schema.String),
    place: Schema.optional(ConfigPlace)
  })
)
export type ConfigIssue = typeof ConfigIssue.Type

/** The config cannot be used (decision D20). Nothing was changed. */
export class ConfigInvalid extends taggedError<ConfigInvalid>()("ConfigInvalid", () => ({
  path: Schema.String,
  issues: Schema.NonEmptyArray(ConfigIssue)
})) {
  override get message() {
    const [first] = this.issues
    const place = first.place
    const at =
      place === undefined
        ? this.path
        : `${place.file}${textOf(place.line, (line) => `:${line}:${place.column ?? 1}`)}`
    const more = textIf(this.issues.length > 1, ` (and ${this.issues.length - 1} more)`)
    return (
      `config invalid: ${at}: ` +
      `${textIf(first.path !== "<root>", `${first.path}: `)}${first.problem}${more}`
    )
  }
}

/** The edit asked for would make the config invalid; the file was not touched. */
export class ConfigEditRefused extends taggedError<ConfigEditRefused>()(
  "ConfigEditRefused",
  () => ({
    path: Schema.String,
    key: Schema.String,
    problem: Schema.String,
    cure: Schema.optional(Schema.String)
  })
) {
  override get message() {
    return `${this.key} cannot be changed in ${this.path}: ${this.problem}`
  }
}

/** The file system said no. */
export class ConfigUnavailable extends taggedError<ConfigUnavailable>()(
  "ConfigUnavailable",
  () => ({
    path: Schema.String,
    operation: Schema.Literal("read", "write", "watch", "lock"),
    /** The system's error code, such as `EACCES`. */
    code: Schema.String
  })
) {
  override get message() {
    return `cannot ${this.operation} the config ${this.path} (${FileProblem.inWords(this.code)})`
  }
}

/** Any failure of a config store. */
export type ConfigError = ConfigInvalid | ConfigEditRefused | ConfigUnavailable
