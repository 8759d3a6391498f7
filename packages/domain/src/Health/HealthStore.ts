/**
 * Port: what is known about credentials' health, per agent (decisions D7, D12a). Layers: file
 * (`@clawdbot/node`), memory (`@clawdbot/testing`).
 */

import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"
import type { AgentId } from "../Agent/AgentId.ts"
import * as FileProblem from "../Document/fileProblem.ts"
import type { ProfileId } from "../Profile/ProfileId.ts"
import type { HealthDocument } from "./HealthDocument.ts"
import type { HealthEvent } from "./HealthEvent.ts"

/** The health file cannot be written. Requests go on from memory. */
export class HealthUnavailable extends Schema.TaggedError<HealthUnavailable>()(
  "HealthUnavailable",
  {
    path: Schema.String,
    operation: Schema.Literal("read", "write", "lock"),
    code: Schema.String
  }
) {
  override get message() {
    return `cannot ${this.operation} the health file ${this.path} (${FileProblem.inWords(this.code)})`
  }
}

/**
 * - `read` answers from memory once an agent's health was loaded; what is missing or unreadable on
 *   disk is as if nothing were known.
 * - `record` is in force for the next `read` at once; the file follows within 250 ms (coalesced,
 *   merged with what other processes wrote).
 * - `flush` waits until everything recorded is on disk, or says why it is not.
 * - `changes` says which agent's health is new, whoever changed it.
 * - `peek` and `note` are `read` and `record` for a request that cannot wait: `undefined` and
 *   `false` (nothing recorded) where an agent's
 *   health would have to be loaded first. A layer that always looks has neither.
 */
export class HealthStore extends Context.Tag("@clawdbot/domain/Health/HealthStore")<
  HealthStore,
  {
    readonly read: (agent: AgentId) => Effect.Effect<HealthDocument>
    readonly record: (
      agent: AgentId,
      profile: ProfileId,
      secretFingerprint: string,
      event: HealthEvent
    ) => Effect.Effect<void>
    readonly flush: Effect.Effect<void, HealthUnavailable>
    readonly changes: Stream.Stream<AgentId>
    readonly peek?: (agent: AgentId) => HealthDocument | undefined
    readonly note?: (
      agent: AgentId,
      profile: ProfileId,
      secretFingerprint: string,
      event: HealthEvent
    ) => boolean
  }
>() {}
