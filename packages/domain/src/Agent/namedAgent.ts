/** The agent a person works on: the one that is named, else the default agent (decision D21). */
import * as Effect from "effect/Effect"
import { ConfigStore } from "../Config/ConfigStore.ts"
import { StatePaths } from "../Environment/StatePaths.ts"
import { ProfileStore } from "../Profile/ProfileStore.ts"
import { nearest } from "../Text/nearest.ts"
import * as AgentId from "./AgentId.ts"
import * as AgentRegistry from "./AgentRegistry.ts"
import { AgentUnknown } from "./AgentUnknown.ts"

/**
 * The agent of a name, with its folder. One that the config does not list has to have credentials
 * at least: any name would have a folder of its own, so a slip of the finger is an error and never
 * a new agent.
 */
export const namedAgent = Effect.fn("namedAgent")(function* (named: string | undefined) {
  const paths = yield* StatePaths
  const { config } = yield* (yield* ConfigStore).load
  const registry = AgentRegistry.fromConfig(config, paths)
  if (named === undefined) return registry.get(registry.defaultAgent)
  const agent = registry.get(AgentId.normalize(named))
  const ids = registry.agents.map(({ id }) => id)
  if (ids.includes(agent.id)) return agent
  if ((yield* (yield* ProfileStore).read(agent.id)).exists) return agent
  return yield* new AgentUnknown({ agent: agent.id, nearest: nearest(agent.id, ids) })
})
