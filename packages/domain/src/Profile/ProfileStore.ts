/**
 * Port: where an agent's credentials are kept. Layers: file (`@clawdbot/node`), memory
 * (`@clawdbot/testing`).
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Either from "effect/Either"
import type * as Stream from "effect/Stream"
import type { AgentId } from "../Agent/AgentId.ts"
import type { ProfileDocument } from "./ProfileDocument.ts"
import type { ProfileStoreError } from "./ProfileError.ts"
import type { StoreNotice } from "./StoreNotice.ts"

/** A store as it was read, with where it stands and what a person should be told about it. */
export interface ProfileSnapshot {
  readonly agent: AgentId
  /** Absolute path of the file (a `memory:` path for the memory layer). */
  readonly path: string
  readonly document: ProfileDocument
  /** Whether the store exists at all; a missing one reads as empty. */
  readonly exists: boolean
  /** When it was written last, epoch ms; absent where nobody knows. */
  readonly writtenAt?: number | undefined
  /** What was repaired, or could not be used, while it was read. */
  readonly notices: ReadonlyArray<StoreNotice>
}

/**
 * What a change gives back: the new document (`undefined`: leave the file alone) and a result for
 * the caller.
 */
export interface ProfileChange<A> {
  readonly document: ProfileDocument | undefined
  readonly result: A
}

/**
 * - `read` gives the newest known content. A file layer that watches answers from memory.
 * - `modify` is a locked read–change–write: `change` sees the newest content and is run again on
 *   newer content if it
 *   must be; a `Left` writes nothing. No other process' change is ever lost.
 * - `changes` says which agent's store has new content, whoever wrote it.
 * - `current` is what `read` would give, where that is known without looking: never in a layer that
 *   always looks.
 */
export class ProfileStore extends Context.Tag("@clawdbot/domain/Profile/ProfileStore")<
  ProfileStore,
  {
    readonly read: (agent: AgentId) => Effect.Effect<ProfileSnapshot, ProfileStoreError>
    readonly modify: <A, E>(
      agent: AgentId,
      change: (document: ProfileDocument) => Either.Either<ProfileChange<A>, E>
    ) => Effect.Effect<A, E | ProfileStoreError>
    readonly changes: Stream.Stream<AgentId>
    readonly current: (agent: AgentId) => ProfileSnapshot | undefined
  }
>() {}
