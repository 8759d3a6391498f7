/** What can go wrong with a profile store. Every error names the file and the cure. */

import * as Schema from "effect/Schema"
import * as FileProblem from "../Document/fileProblem.ts"
import { textOf } from "../Text/textIf.ts"

/**
 * The store's text is broken and no good backup is left (decision D8). The original stays where
 * it is.
 */
export class StoreCorrupt extends Schema.TaggedError<StoreCorrupt>()("StoreCorrupt", {
  path: Schema.String,
  problem: Schema.String,
  line: Schema.optional(Schema.Number),
  column: Schema.optional(Schema.Number),
  /** The copy that was put aside for inspection, when one could be made. */
  copy: Schema.optional(Schema.String)
}) {
  override get message() {
    const at = textOf(this.line, (line) => `:${line}:${this.column ?? 1}`)
    return `the profile store ${this.path}${at} cannot be read: ${this.problem}`
  }
}

/** The store was written by a newer version; writing it would lose data of the newer version. */
export class StoreTooNew extends Schema.TaggedError<StoreTooNew>()("StoreTooNew", {
  path: Schema.String,
  version: Schema.Number,
  supported: Schema.Number
}) {
  override get message() {
    return (
      `the profile store ${this.path} has version ${this.version}; this version of ` +
      `clawdbot supports up to ${this.supported}`
    )
  }
}

/** Another process holds the lock for too long. */
export class StoreLocked extends Schema.TaggedError<StoreLocked>()("StoreLocked", {
  path: Schema.String,
  lockPath: Schema.String,
  waitedMs: Schema.Number
}) {
  override get message() {
    return (
      `the profile store ${this.path} is locked by another process (waited ` +
      `${Math.round(this.waitedMs / 1000)} s for ${this.lockPath})`
    )
  }
}

/** The file system said no. */
export class StoreUnavailable extends Schema.TaggedError<StoreUnavailable>()("StoreUnavailable", {
  path: Schema.String,
  operation: Schema.Literal("read", "write", "lock", "list"),
  /** The system's error code, such as `EACCES` or `ENOSPC`. */
  code: Schema.String
}) {
  override get message() {
    return (
      `cannot ${this.operation} the profile store ${this.path} ` +
      `(${FileProblem.inWords(this.code)})`
    )
  }
}

/** Any failure of a profile store. */
export type ProfileStoreError = StoreCorrupt | StoreTooNew | StoreLocked | StoreUnavailable
