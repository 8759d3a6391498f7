/** What can go wrong with a profile store. Every error names the file and the cure. */

import * as Schema from "effect/Schema"
import * as FileProblem from "../Document/fileProblem.ts"
import { taggedError } from "../Document/taggedError.ts"
import { textOf } from "../Text/textIf.ts"

/**
 * The store's text is broken and no good backup is left (decision D8). The original stays where
 * it is.
 */
export class StoreCorrupt extends taggedError<StoreCorrupt>()("StoreCorrupt", () => ({
  path: Schema.String,
  problem: Schema.String,
  line: Schema.optional(Schema.Number),
  column: Schema.optional(Schema.Number),
  /** The copy that was put aside for inspection, when one could be made. */
  copy: Schema.optional(Schema.String)
})) {
  override get message() {
    const at = textOf(this.line, (line) => `:${line}:${this.column ?? 1}`)
    return `the profile store ${this.path}${at} cannot be read: ${this.problem}`
  }
}

/** The store was written by a newer version; writing it would lose data of the newer version. */
export class StoreTooNew extends taggedError<StoreTooNew>()("StoreTooNew", () => ({
  path: Schema.String,
  version: Schema.Number,
  supported: Schema.Number
})) {
  override get message() {
    return (
      `the profile store ${this.path} has version ${this.version}; this version of ` +
      `clawdbot supports up to ${this.supported}`
    )
  }
}

/** Another process holds the lock for too long. */
export class StoreLocked extends taggedError<StoreLocked>()("StoreLocked", () => ({
  path: Schema.String,
  lockPath: Schema.String,
  waitedMs: Schema.Number
})) {
  override get message() {
    return (
      `the profile store ${this.path} is locked by another process (waited ` +
      `${Math.round(this.waitedMs / 1000)} s for ${this.lockPath})`
    )
  }
}

/** The file system said no. */
export class StoreUnavailable extends taggedError<StoreUnavailable>()("StoreUnavailable", () => ({
  path: Schema.String,
  operation: Schema.Literal("read", "write", "lock", "list"),
  /** The system's error code, such as `EACCES` or `ENOSPC`. */
  code: Schema.String
})) {
  override get message() {
    return (
      `cannot ${this.operation} the profile store ${this.path} ` +
      `(${FileProblem.inWords(this.code)})`
    )
  }
}

/**
 * The credentials of the state folder are in a shared store, or on their way: a login that two used
 * would end. Nothing was read or written.
 */
export class StoreMoved extends taggedError<StoreMoved>()("StoreMoved", () => ({
  /** The file in the state folder that says so. */
  path: Schema.String,
  /**
   * `moved`: they are in the store. `importing`, `exporting`: a move into the store, or back, was
   * begun and is not finished.
   */
  state: Schema.Literal("moved", "importing", "exporting"),
  /** The database and the schema of the store; never the user or the password. */
  where: Schema.String
})) {
  override get message() {
    switch (this.state) {
      case "moved":
        return (
          "the credentials of this state folder were moved to the shared store " +
          `${this.where} (${this.path})`
        )
      case "importing":
        return (
          "moving the credentials of this state folder to the shared store " +
          `${this.where} was begun and is not finished (${this.path})`
        )
      case "exporting":
        return (
          `moving credentials from the shared store ${this.where} to this state folder was begun ` +
          `and is not finished (${this.path})`
        )
    }
  }

  get cure(): string {
    const shared = "with store.type postgres in the config"
    switch (this.state) {
      case "moved":
        return (
          "to use the store: clawdbot config set store.type postgres; to move them back: " + back
        )
      case "importing":
        return `finish it ${shared}: clawdbot store import`
      case "exporting":
        return `finish it ${shared}: ${back}`
    }
  }
}

const back = "clawdbot store export"

/** Any failure of a profile store. */
export type ProfileStoreError =
  | StoreCorrupt
  | StoreTooNew
  | StoreLocked
  | StoreMoved
  | StoreUnavailable
