/**
 * What moving credentials between a state folder and a store can fail with. Nothing was changed,
 * but where the error says so.
 */
import * as FileProblem from "@clawdbot/domain/Document/fileProblem"
import { shellWord } from "@clawdbot/domain/Text/shellWord"
import * as Schema from "effect/Schema"

/** Somebody uses the state folder: two owners of one login would end it. */
export class FolderInUse extends Schema.TaggedError<FolderInUse>()("FolderInUse", {
  folder: Schema.String,
  by: Schema.Literal("gateway", "command", "refresh")
}) {
  override get message() {
    const who = { gateway: "a gateway", command: "another command", refresh: "a refresh" }
    return `${who[this.by]} uses the credentials in ${this.folder}`
  }

  get cure(): string {
    if (this.by === "gateway") return "stop it, then try again: clawdbot gateway stop"
    return "wait until it has finished, then try again"
  }
}

/** Gateways use the store. */
export class StoreInUse extends Schema.TaggedError<StoreInUse>()("StoreInUse", {
  hosts: Schema.Array(Schema.String)
}) {
  override get message() {
    return `gateways use the shared store, on ${this.hosts.join(", ")}`
  }

  get cure(): string {
    return (
      "stop them (a killed one counts for fifteen seconds), then try again; to see them: " +
      "clawdbot gateway status"
    )
  }
}

/** Another host refreshes a login of the store, or nobody knows yet what became of it. */
export class RefreshUnderWay extends Schema.TaggedError<RefreshUnderWay>()("RefreshUnderWay", {
  /** After so many seconds it is decided. */
  seconds: Schema.Number
}) {
  override get message() {
    return "a login of the shared store is being refreshed, or its refresh is undecided"
  }

  get cure(): string {
    return `try again in ${this.seconds} s: a second use of its refresh token would end the login`
  }
}

/** The store holds credentials already, of another state folder or stored there. */
export class StoreNotEmpty extends Schema.TaggedError<StoreNotEmpty>()("StoreNotEmpty", {
  where: Schema.String,
  /** Profiles that are in the store as well as in the folder, as `agent/profile`. */
  conflicts: Schema.Array(Schema.String),
  /** Other profiles and client tokens in the store. */
  others: Schema.Array(Schema.String)
}) {
  override get message() {
    const both = this.conflicts.map((name) => `${name} (in both)`)
    return `the shared store ${this.where} is not empty: ${[...both, ...this.others].join(", ")}`
  }

  get cure(): string {
    return (
      "choose an empty schema: clawdbot config set store.schema NAME, then clawdbot store " +
      "migrate; or sign in to the store itself: clawdbot models auth setup-token"
    )
  }
}

/** A login of the folder has an owner that is not moved with it (decision D2). */
export class LoginOwnedElsewhere extends Schema.TaggedError<LoginOwnedElsewhere>()(
  "LoginOwnedElsewhere",
  { agent: Schema.String, profile: Schema.String }
) {
  override get message() {
    return (
      `the profile ${this.profile} of agent ${this.agent} is Claude Code's own login, which ` +
      "Claude Code refreshes on this machine"
    )
  }

  get cure(): string {
    return (
      `clawdbot models auth logout ${shellWord(this.profile)} --agent ${shellWord(this.agent)}; ` +
      "then give the agent a login of its own: clawdbot models auth setup-token"
    )
  }
}

/** Files stand where credentials should be written. */
export class FolderNotEmpty extends Schema.TaggedError<FolderNotEmpty>()("FolderNotEmpty", {
  path: Schema.String
}) {
  override get message() {
    return `${this.path} exists already; nothing is written over it`
  }

  get cure(): string {
    return "choose an empty folder: clawdbot store export --to FOLDER"
  }
}

/** What was written is not what is read. Everything was taken back. */
export class MoveDiffers extends Schema.TaggedError<MoveDiffers>()("MoveDiffers", {
  name: Schema.String
}) {
  override get message() {
    return `${this.name} was not stored as it was written; nothing was moved`
  }

  get cure(): string {
    return "check whether another program changes the store or the folder, then try again"
  }
}

/** A file of the folder cannot be used. */
export class StateFileUnavailable extends Schema.TaggedError<StateFileUnavailable>()(
  "StateFileUnavailable",
  {
    path: Schema.String,
    operation: Schema.Literal("read", "write", "lock", "list"),
    code: Schema.String
  }
) {
  override get message() {
    return `cannot ${this.operation} ${this.path} (${FileProblem.inWords(this.code)})`
  }

  get cure(): string {
    return FileProblem.cure(this)
  }
}

/** Any of them. */
export type MoveError =
  | FolderInUse
  | StoreInUse
  | RefreshUnderWay
  | StoreNotEmpty
  | LoginOwnedElsewhere
  | FolderNotEmpty
  | MoveDiffers
  | StateFileUnavailable
