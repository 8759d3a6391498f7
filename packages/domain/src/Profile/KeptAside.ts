/**
 * Port: credentials that were taken out of an agent's store and can be restored (decision D38).
 * Layers: file (`@clawdbot/node`), memory (`@clawdbot/testing`).
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { AgentId } from "../Agent/AgentId.ts"
import * as FileProblem from "../Document/fileProblem.ts"
import { taggedError } from "../Document/taggedError.ts"
import type { LoggedOut } from "./LoggedOut.ts"
import type { ProfileId } from "./ProfileId.ts"

/** What is kept aside cannot be read or written. Nothing was taken out of the store. */
export class KeptAsideUnavailable extends taggedError<KeptAsideUnavailable>()(
  "KeptAsideUnavailable",
  () => ({
    path: Schema.String,
    operation: Schema.Literal("read", "write", "lock"),
    /** The system's error code, such as `EACCES` or `ENOSPC`, or a `FileProblem`. */
    code: Schema.String
  })
) {
  override get message() {
    return (
      `cannot ${this.operation} the credentials kept aside in ${this.path} ` +
      `(${FileProblem.inWords(this.code)})`
    )
  }
}

/**
 * - `find` gives what is kept under an id, newest first.
 * - `modify` is a locked read–change–write, durable before it returns; an empty list leaves
 *   nothing.
 */
export class KeptAside extends Context.Tag("@clawdbot/domain/Profile/KeptAside")<
  KeptAside,
  {
    readonly find: (
      agent: AgentId,
      profile: ProfileId
    ) => Effect.Effect<ReadonlyArray<LoggedOut>, KeptAsideUnavailable>
    readonly modify: (
      agent: AgentId,
      profile: ProfileId,
      change: (kept: ReadonlyArray<LoggedOut>) => ReadonlyArray<LoggedOut>
    ) => Effect.Effect<void, KeptAsideUnavailable>
  }
>() {}
