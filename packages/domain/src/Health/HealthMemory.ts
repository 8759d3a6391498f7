/**
 * `HealthStore` in memory: for one process, or for several that share a state folder, each of which
 * learns what the others know as from a file.
 */

import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as PubSub from "effect/PubSub"
import * as Stream from "effect/Stream"
import type { AgentId } from "../Agent/AgentId.ts"
import * as BackgroundLoop from "../Background/backgroundLoop.ts"
import type { ProfileId } from "../Profile/ProfileId.ts"
import { decideTrial, restarted } from "./decideTrial.ts"
import * as HealthDocument from "./HealthDocument.ts"
import type { HealthEvent } from "./HealthEvent.ts"
import * as HealthPolicy from "./HealthPolicy.ts"
import { HealthStore, type TrialRequest } from "./HealthStore.ts"
import { isNews } from "./isNews.ts"
import { merge } from "./mergeHealth.ts"

/** What processes share: the agents' files, and when the last trial was sent. */
interface Folder {
  readonly files: Map<AgentId, HealthDocument.HealthDocument>
  lastTrialAt: number
}

const writeEvery = "200 millis"

const make = (folder: Folder, isShared: boolean) =>
  Effect.gen(function* () {
    const clock = yield* Effect.clock
    const published = yield* PubSub.sliding<AgentId>(256)
    const documents = new Map<AgentId, HealthDocument.HealthDocument>()
    const unwritten = new Set<AgentId>()
    /** The files as this process knows them: what it read last, or wrote. */
    const seen = new Map<AgentId, HealthDocument.HealthDocument>()

    const mergeFromFile = (agent: AgentId): void => {
      const file = folder.files.get(agent)
      if (file === undefined || file === seen.get(agent)) return
      seen.set(agent, file)
      const mine = documents.get(agent)
      documents.set(agent, mine === undefined ? file : merge(mine, file))
    }
    const write = (agent: AgentId): void => {
      mergeFromFile(agent)
      const document = documents.get(agent)
      if (document !== undefined) {
        folder.files.set(agent, document)
        seen.set(agent, document)
      }
      unwritten.delete(agent)
    }
    const current = (agent: AgentId): HealthDocument.HealthDocument => {
      const known = documents.get(agent)
      if (known !== undefined) return known
      const file = folder.files.get(agent) ?? HealthDocument.empty
      const loaded = restarted(file, clock.unsafeCurrentTimeMillis())
      documents.set(agent, loaded)
      return loaded
    }
    const note = (
      agent: AgentId,
      profile: ProfileId,
      secretFingerprint: string,
      event: HealthEvent
    ): boolean => {
      const before = current(agent)
      const after = HealthPolicy.record(before, profile, secretFingerprint, event)
      documents.set(agent, after)
      const known = after.profiles.get(profile)
      if (known !== undefined && isNews(before.profiles.get(profile), known)) unwritten.add(agent)
      published.unsafeOffer(agent)
      return true
    }
    const beginTrial = (request: TrialRequest) =>
      Effect.sync(() => {
        const { agent, kind, profile, secretFingerprint } = request
        const now = clock.unsafeCurrentTimeMillis()
        const decide = () => decideTrial(current(agent), request, folder.lastTrialAt, now)
        // Nearly always what this process knows is enough to say no.
        const first = decide()
        if (first._tag === "NotDue") return first
        mergeFromFile(agent)
        const start = decide()
        if (start._tag === "NotDue") return start
        folder.lastTrialAt = start.trial.at
        note(agent, profile, secretFingerprint, { _tag: "TrialBegun", ...start.trial, kind })
        write(agent)
        return start
      })
    const flush = Effect.sync(() => {
      for (const agent of documents.keys()) write(agent)
    })
    const exchange = Effect.sync(() => {
      for (const agent of documents.keys()) {
        if (unwritten.has(agent)) write(agent)
        else mergeFromFile(agent)
      }
    })
    yield* Effect.addFinalizer(() => flush)
    // A test that sets its clock to today must not wait for what happened every 200 ms until then.
    if (isShared)
      yield* BackgroundLoop.start({ task: "exchanging health", every: writeEvery }, exchange)
    return HealthStore.of({
      read: (agent) => Effect.sync(() => current(agent)),
      record: (agent, profile, secretFingerprint, event) =>
        Effect.sync(() => void note(agent, profile, secretFingerprint, event)),
      beginTrial,
      flush,
      changes: Stream.fromPubSub(published),
      current,
      note
    })
  })

const empty = (): Folder => ({ files: new Map(), lastTrialAt: Number.NEGATIVE_INFINITY })

/** Nothing is known at first. */
export const layer: Layer.Layer<HealthStore> = Layer.scoped(
  HealthStore,
  Effect.suspend(() => make(empty(), false))
)

/** A state folder of its own; each time the layer is built, another process uses it. */
export const sharedFolder = (): Layer.Layer<HealthStore> => {
  const folder = empty()
  return Layer.fresh(
    Layer.scoped(
      HealthStore,
      Effect.suspend(() => make(folder, true))
    )
  )
}
