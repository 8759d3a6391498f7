/** `KeptAside` in memory; each layer has its own. */
import { KeptAside } from "@clawdbot/domain/Profile/KeptAside"
import type { LoggedOut } from "@clawdbot/domain/Profile/LoggedOut"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

/** Nothing is kept at first. */
export const layer: Layer.Layer<KeptAside> = Layer.sync(KeptAside, () => {
  const kept = new Map<string, ReadonlyArray<LoggedOut>>()
  const keyOf = (agent: string, profile: string): string => JSON.stringify([agent, profile])
  return KeptAside.of({
    find: (agent, profile) => Effect.sync(() => kept.get(keyOf(agent, profile)) ?? []),
    modify: (agent, profile, change) =>
      Effect.sync(() => {
        const key = keyOf(agent, profile)
        const next = change(kept.get(key) ?? [])
        if (next.length === 0) kept.delete(key)
        else kept.set(key, next)
      })
  })
})
