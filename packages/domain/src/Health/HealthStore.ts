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
import { taggedError } from "../Document/taggedError.ts"
import type { ProfileId } from "../Profile/ProfileId.ts"
import type { HealthDocument } from "./HealthDocument.ts"
import type { HealthEvent } from "./HealthEvent.ts"
import type { OngoingTrial, TrialKind } from "./Trial.ts"
import type { Window } from "./Window.ts"

/** The health file cannot be written. Requests go on from memory. */
export class HealthUnavailable extends taggedError<HealthUnavailable>()(
  "HealthUnavailable",
  () => ({
    path: Schema.String,
    operation: Schema.Literal("read", "write", "lock"),
    code: Schema.String
  })
) {
  override get message() {
    return (
      `cannot ${this.operation} the health file ${this.path} ` +
      `(${FileProblem.inWords(this.code)})`
    )
  }
}

/**
 * Whether a trial may be sent: it was recorded and is in force, or there was another one, or
 * something newer is known about the credential. `retryAt` (epoch ms) is from when on the state
 * folder may send one at all; the health of the credential says when it may be with this one.
 */
export type TrialStart =
  | { readonly _tag: "Begun"; readonly trial: OngoingTrial }
  | { readonly _tag: "NotDue"; readonly retryAt: number }

/** What a trial is about. */
export interface TrialRequest {
  readonly agent: AgentId
  readonly profile: ProfileId
  readonly secretFingerprint: string
  /** The cooldowns it tests, as they were when the credential was chosen. */
  readonly obstacles: ReadonlyArray<Window>
  readonly kind: TrialKind
}

/**
 * - `read` answers from memory once an agent's health was loaded; what is missing or unreadable on
 *   disk is as if nothing were known.
 * - `record` is in force for the next `read` at once; the file follows within 250 ms (coalesced,
 *   merged with what other processes wrote).
 * - `beginTrial` decides for all processes that share a state folder together, and returns only
 *   when they can know of the trial (decision D32). Where the folder cannot be written it decides
 *   for this process.
 * - `flush` waits until everything recorded is on disk, or says why it is not.
 * - `changes` says which agent's health is new, whoever changed it.
 * - `current` is what `read` would give, where that is known without looking: never in a layer that
 *   always looks.
 * - `note` is `record` without waiting, for an agent whose health was read before; false (nothing
 *   is
 *   recorded) for any other.
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
    readonly beginTrial: (request: TrialRequest) => Effect.Effect<TrialStart>
    readonly flush: Effect.Effect<void, HealthUnavailable>
    readonly changes: Stream.Stream<AgentId>
    readonly current: (agent: AgentId) => HealthDocument | undefined
    readonly note: (
      agent: AgentId,
      profile: ProfileId,
      secretFingerprint: string,
      event: HealthEvent
    ) => boolean
  }
>() {}
