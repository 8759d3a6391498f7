/** The agent a command works on: the one that is named, else the default agent (decision D21). */
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import * as AgentRegistry from "@clawdbot/domain/Agent/AgentRegistry"
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import * as Effect from "effect/Effect"

/** The agent for `--agent`, with its folder. */
export const agentFor = Effect.fn("agentFor")(function* (named: string | undefined) {
  const paths = yield* StatePaths
  const { config } = yield* (yield* ConfigStore).load
  const registry = AgentRegistry.fromConfig(config, paths)
  return registry.get(named === undefined ? registry.defaultAgent : AgentId.normalize(named))
})
