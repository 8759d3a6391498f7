/** `ProfileStore` in memory: the same rules, no file. */

import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as PubSub from "effect/PubSub"
import * as Stream from "effect/Stream"
import type { AgentId } from "../Agent/AgentId.ts"
import * as ProfileDocument from "./ProfileDocument.ts"
import { StoreCorrupt, StoreTooNew } from "./ProfileError.ts"
import { type ProfileChange, type ProfileSnapshot, ProfileStore } from "./ProfileStore.ts"

const pathOf = (agent: AgentId): string => `memory:/agents/${agent}/agent/auth-profiles.json`

/**
 * A store for each agent, from the values that their files would hold. An agent that is not named
 * has none.
 */
export const layer = (stores: Readonly<Record<string, unknown>> = {}): Layer.Layer<ProfileStore> =>
  Layer.scoped(
    ProfileStore,
    Effect.gen(function* () {
      const published = yield* PubSub.sliding<AgentId>(256)
      const contents = new Map(
        Object.entries(stores).map(([agent, value]) => [agent, decode(agent, value)])
      )
      const permit = yield* Effect.makeSemaphore(1)
      const read = (agent: AgentId) =>
        Effect.suspend(() => contents.get(agent) ?? Either.right(undefined))
      const snapshotOf = (
        agent: AgentId,
        document: ProfileDocument.ProfileDocument | undefined
      ): ProfileSnapshot => ({
        agent,
        path: pathOf(agent),
        document: document ?? ProfileDocument.empty,
        exists: document !== undefined,
        notices: []
      })
      return ProfileStore.of({
        read: (agent) => Effect.map(read(agent), (document) => snapshotOf(agent, document)),
        current: (agent) => {
          const content = contents.get(agent)
          if (content === undefined || Either.isLeft(content)) return undefined
          return snapshotOf(agent, content.right)
        },
        modify: <A, E>(
          agent: AgentId,
          change: (document: ProfileDocument.ProfileDocument) => Either.Either<ProfileChange<A>, E>
        ) =>
          Effect.gen(function* () {
            const before = yield* read(agent)
            const { document, result } = yield* change(before ?? ProfileDocument.empty)
            if (document !== undefined) {
              contents.set(agent, Either.right(document))
              yield* PubSub.publish(published, agent)
            }
            return result
          }).pipe(permit.withPermits(1)),
        changes: Stream.fromPubSub(published)
      })
    })
  )

const decode = (
  agent: string,
  value: unknown
): Either.Either<ProfileDocument.ProfileDocument | undefined, StoreCorrupt | StoreTooNew> =>
  Either.mapLeft(ProfileDocument.decode(value), (fault) => {
    const path = `memory:/agents/${agent}/agent/auth-profiles.json`
    if (fault._tag === "NewerVersion")
      return new StoreTooNew({
        path,
        version: fault.version,
        supported: ProfileDocument.currentVersion
      })
    return new StoreCorrupt({ path, problem: fault.problem })
  })
