/** `HealthStore` in memory. */

import type { AgentId } from "@clawdbot/domain/Agent/AgentId"
import * as HealthDocument from "@clawdbot/domain/Health/HealthDocument"
import type { HealthEvent } from "@clawdbot/domain/Health/HealthEvent"
import * as HealthPolicy from "@clawdbot/domain/Health/HealthPolicy"
import { HealthStore } from "@clawdbot/domain/Health/HealthStore"
import type { ProfileId } from "@clawdbot/domain/Profile/ProfileId"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as PubSub from "effect/PubSub"
import * as Stream from "effect/Stream"

/** Nothing is known at first. */
export const layer: Layer.Layer<HealthStore> = Layer.scoped(
  HealthStore,
  Effect.gen(function* () {
    const published = yield* PubSub.sliding<AgentId>(256)
    const documents = new Map<AgentId, HealthDocument.HealthDocument>()
    const peek = (agent: AgentId) => documents.get(agent) ?? HealthDocument.empty
    const note = (
      agent: AgentId,
      profile: ProfileId,
      mark: string,
      event: HealthEvent
    ): boolean => {
      documents.set(agent, HealthPolicy.record(peek(agent), profile, mark, event))
      published.unsafeOffer(agent)
      return true
    }
    return HealthStore.of({
      read: (agent) => Effect.sync(() => peek(agent)),
      record: (agent, profile, mark, event) =>
        Effect.sync(() => void note(agent, profile, mark, event)),
      flush: Effect.void,
      changes: Stream.fromPubSub(published),
      peek,
      note
    })
  })
)
