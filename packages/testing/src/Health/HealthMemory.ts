/** `HealthStore` in memory. */

import type { AgentId } from "@clawdbot/domain/Agent/AgentId"
import * as HealthDocument from "@clawdbot/domain/Health/HealthDocument"
import * as HealthPolicy from "@clawdbot/domain/Health/HealthPolicy"
import { HealthStore } from "@clawdbot/domain/Health/HealthStore"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as PubSub from "effect/PubSub"
import * as Ref from "effect/Ref"
import * as Stream from "effect/Stream"

/** Nothing is known at first. */
export const layer: Layer.Layer<HealthStore> = Layer.scoped(
  HealthStore,
  Effect.gen(function* () {
    const published = yield* PubSub.sliding<AgentId>(256)
    const documents = yield* Ref.make<ReadonlyMap<AgentId, HealthDocument.HealthDocument>>(new Map())
    return HealthStore.of({
      read: (agent) => Effect.map(Ref.get(documents), (all) => all.get(agent) ?? HealthDocument.empty),
      record: (agent, profile, mark, event) =>
        Effect.zipRight(
          Ref.update(documents, (all) =>
            new Map(all).set(agent, HealthPolicy.record(all.get(agent) ?? HealthDocument.empty, profile, mark, event))
          ),
          PubSub.publish(published, agent)
        ),
      flush: Effect.void,
      changes: Stream.fromPubSub(published)
    })
  })
)
