/**
 * What can go wrong with the shared store. Each error names what happened, and `cure` what to do
 * about it; none holds an address with its password, a key or a credential.
 */
import * as Schema from "effect/Schema"

/**
 * Without an address and a key every command that needs a credential fails, so the way back is
 * named to whoever only tried `store.type`.
 */
const orFiles = (cure: string): string =>
  `${cure}; to keep credentials in files: clawdbot config unset store.type`

/** The store's address, or the place it should come from, cannot be used. */
export class StoreUrlUnusable extends Schema.TaggedError<StoreUrlUnusable>()("StoreUrlUnusable", {
  /** Where the address comes from: a config key or a variable. */
  source: Schema.String,
  problem: Schema.String,
  /** How an address that can be used is given. */
  correction: Schema.String
}) {
  override get message() {
    return `the address of the store (${this.source}) cannot be used: ${this.problem}`
  }

  get cure(): string {
    return orFiles(this.correction)
  }
}

/** There is no key to seal secrets under, or it is none. */
export class StoreKeyUnusable extends Schema.TaggedError<StoreKeyUnusable>()("StoreKeyUnusable", {
  source: Schema.String,
  problem: Schema.String
}) {
  override get message() {
    return `the key of the store (${this.source}) cannot be used: ${this.problem}`
  }

  get cure(): string {
    return orFiles(
      "clawdbot config set store.keyFile FILE, or set CLAWDBOT_STORE_KEY, with the same 32-byte " +
        "key on every host (to make one: openssl rand -base64 32)"
    )
  }
}

/** The store's secrets are sealed under another key than the given one. Nothing was changed. */
export class StoreKeyWrong extends Schema.TaggedError<StoreKeyWrong>()("StoreKeyWrong", {
  source: Schema.String,
  /** Marks of the two keys; they tell nothing about them. */
  wanted: Schema.String,
  given: Schema.String
}) {
  override get message() {
    return (
      `the store is sealed under the key ${this.wanted}, and the given one (${this.source}) is ` +
      this.given
    )
  }

  get cure(): string {
    return `give the key ${this.wanted}, which the other gateways of this store use`
  }
}

/** The tables are older than this version needs, or not there. Nothing was changed. */
export class StoreSchemaOlder extends Schema.TaggedError<StoreSchemaOlder>()("StoreSchemaOlder", {
  schema: Schema.String,
  /** The last migration that was applied; 0: none. */
  format: Schema.Number,
  wanted: Schema.Number
}) {
  override get message() {
    if (this.format === 0) return `the schema "${this.schema}" holds no store yet`
    return (
      `the store in the schema "${this.schema}" has format ${this.format}; this version needs ` +
      `format ${this.wanted}`
    )
  }

  get cure(): string {
    return "clawdbot store migrate"
  }
}

/** The tables belong to a newer version, which this one must not write beside. */
export class StoreSchemaNewer extends Schema.TaggedError<StoreSchemaNewer>()("StoreSchemaNewer", {
  schema: Schema.String,
  format: Schema.Number,
  /** The oldest version that may use it. */
  minApp: Schema.String,
  version: Schema.String
}) {
  override get message() {
    return (
      `the store in the schema "${this.schema}" has format ${this.format}, which wants clawdbot ` +
      `${this.minApp} or newer; this is ${this.version}`
    )
  }

  get cure(): string {
    return `install clawdbot ${this.minApp} or newer; the store was not changed`
  }
}

/** The store's credentials were moved to files. Nothing was changed. */
export class StoreMovedAway extends Schema.TaggedError<StoreMovedAway>()("StoreMovedAway", {
  /** The host and its state folder. */
  to: Schema.String
}) {
  override get message() {
    return `the credentials of the shared store were moved to files: ${this.to}`
  }

  get cure(): string {
    return (
      "to use the files of this host: clawdbot config unset store.type; to move them back, on " +
      "the host that has them: clawdbot store import"
    )
  }
}

/** `url` leads through a pooler in transaction mode, and the config does not say so. */
export class PoolerUndeclared extends Schema.TaggedError<PoolerUndeclared>()(
  "PoolerUndeclared",
  {}
) {
  override get message() {
    return "store.url leads through a pooler in transaction mode, and store.pooler does not say so"
  }

  get cure(): string {
    return "clawdbot config set store.pooler transaction"
  }
}

/** The database refused a statement, or cannot be reached. */
export class DatabaseUnavailable extends Schema.TaggedError<DatabaseUnavailable>()(
  "DatabaseUnavailable",
  {
    /** The host and the name of the database; never the user or the password. */
    where: Schema.String,
    /** An SQLSTATE, or a system's code such as `ECONNREFUSED`. */
    code: Schema.String
  }
) {
  override get message() {
    return `the database ${this.where} cannot be used (${inWords(this.code)})`
  }

  get cure(): string {
    switch (this.code) {
      case "28P01":
      case "28000":
        return "check the user and the password in the address of the store"
      case "3D000":
        return "check the name of the database in the address of the store"
      case "42501":
        return "give the role the missing rights; docs/scale.md lists them"
      case "53300":
        return "raise max_connections of the server, or lower store.poolSize"
      default:
        return "check that the database runs and can be reached, then: clawdbot store status"
    }
  }
}

const words: Readonly<Record<string, string>> = {
  "28P01": "it refuses the password",
  "28000": "it refuses the user",
  "3D000": "there is no such database",
  "42501": "the role lacks the right for it",
  "53300": "it has too many connections",
  "57P03": "it is starting up",
  "55P03": "another program holds a lock for too long",
  ETIMEDOUT: "it does not respond",
  ECONNREFUSED: "it refuses connections",
  ECONNRESET: "it closed the connection",
  ENOTFOUND: "its host name cannot be resolved",
  CERTIFICATE: "its certificate is not trusted"
}

/** A code as a person reads it. */
export const inWords = (code: string): string => {
  const known = Object.hasOwn(words, code) ? words[code] : undefined
  if (known === undefined) return code
  return `${known}: ${code}`
}

/** What starting to use a store can fail with. */
export type StoreError =
  | StoreUrlUnusable
  | StoreKeyUnusable
  | StoreKeyWrong
  | StoreSchemaOlder
  | StoreSchemaNewer
  | StoreMovedAway
  | PoolerUndeclared
  | DatabaseUnavailable
