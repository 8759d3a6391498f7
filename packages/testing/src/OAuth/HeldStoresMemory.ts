/**
 * `HeldStores` over whatever `ProfileStore` is in force: exclusive among its own holders, without a
 * lock on any file.
 */
import type { AgentId } from "@clawdbot/domain/Agent/AgentId"
import { HeldStores } from "@clawdbot/domain/OAuth/HeldStores"
import { type ProfileStoreError, StoreUnavailable } from "@clawdbot/domain/Profile/ProfileError"
import { ProfileStore } from "@clawdbot/domain/Profile/ProfileStore"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"

/** Which agents' stores cannot be written now, for tests of full disks. */
export interface Obstacles {
  readonly unwritable: Set<AgentId>
}

/** Holds stores in memory; `obstacles` may be changed while it runs. */
export const layer = (
  obstacles: Obstacles = { unwritable: new Set() }
): Layer.Layer<HeldStores, never, ProfileStore> =>
  Layer.effect(
    HeldStores,
    Effect.gen(function* () {
      const profiles = yield* ProfileStore
      const permits = new Map<AgentId, Effect.Semaphore>()
      return {
        hold: (agent) =>
          Effect.suspend(() => {
            const permit = permits.get(agent) ?? Effect.unsafeMakeSemaphore(1)
            permits.set(agent, permit)
            return Effect.acquireRelease(Effect.interruptible(permit.take(1)), () =>
              permit.release(1)
            )
          }).pipe(
            Effect.zipRight(profiles.read(agent)),
            Effect.map(({ document, path }) => ({
              agent,
              document,
              write: (next): Effect.Effect<void, ProfileStoreError> => {
                if (obstacles.unwritable.has(agent))
                  return new StoreUnavailable({ path, operation: "write", code: "ENOSPC" })
                return profiles.modify(agent, () =>
                  Either.right({ document: next, result: undefined })
                )
              }
            }))
          )
      }
    })
  )
