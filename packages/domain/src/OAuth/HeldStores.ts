/**
 * Port: an agent's profile store with its lock held for as long as a refresh takes (decision D8a):
 * the program that shares these files takes the same lock, so it never refreshes beside us. Layers:
 * file (`@clawdbot/node`), memory (`@clawdbot/testing`).
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { AgentId } from "../Agent/AgentId.ts"
import type { ProfileDocument } from "../Profile/ProfileDocument.ts"
import type { ProfileStoreError } from "../Profile/ProfileError.ts"

/** A store nobody else can write now. */
export interface HeldStore {
  readonly agent: AgentId
  /** The newest content, read under the lock. */
  readonly document: ProfileDocument
  /**
   * Replaces the content, as durably as `ProfileStore.modify`; fails when the lock was lost
   * meanwhile.
   */
  readonly write: (document: ProfileDocument) => Effect.Effect<void, ProfileStoreError>
}

/** `hold` waits for the lock (bounded, interruptible) and keeps it until the scope closes. */
export class HeldStores extends Context.Tag("@clawdbot/domain/OAuth/HeldStores")<
  HeldStores,
  { readonly hold: (agent: AgentId) => Effect.Effect<HeldStore, ProfileStoreError, Scope.Scope> }
>() {}
