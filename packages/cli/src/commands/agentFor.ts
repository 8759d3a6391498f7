/** The agent a command works on: the one that is named, else the default agent (decision D21). */
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import * as AgentRegistry from "@clawdbot/domain/Agent/AgentRegistry"
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import { ProfileStore } from "@clawdbot/domain/Profile/ProfileStore"
import * as Effect from "effect/Effect"
import { AgentUnknown } from "../CliError.ts"
import { nearest } from "../commandLine/nearest.ts"

/**
 * The agent for `--agent`, with its folder. One that the config does not list has to have
 * credentials at least: any name would have a folder of its own, so a slip of the finger is an
 * error and never a new agent.
 */
export const agentFor = Effect.fn("agentFor")(function* (named: string | undefined) {
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
