/** The agent a command works on: the one that is named, else the default agent (decision D21). */
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import * as AgentRegistry from "@clawdbot/domain/Agent/AgentRegistry"
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import { StatePaths, shorten } from "@clawdbot/domain/Environment/StatePaths"
import * as Effect from "effect/Effect"
import { Terminal } from "../terminal/Terminal.ts"

/**
 * The agent for `--agent`, with its folder. Any name has a folder of its own, so a slip of the
 * finger is told.
 */
export const agentFor = Effect.fn("agentFor")(function* (named: string | undefined) {
  const paths = yield* StatePaths
  const { config } = yield* (yield* ConfigStore).load
  const registry = AgentRegistry.fromConfig(config, paths)
  if (named === undefined) return registry.get(registry.defaultAgent)
  const agent = registry.get(AgentId.normalize(named))
  if (!registry.agents.some(({ id }) => id === agent.id)) {
    const terminal = yield* Terminal
    yield* terminal.say(
      `clawdbot: the config lists no agent "${agent.id}"; this is about the folder ${shorten(paths, agent.dir)}`
    )
  }
  return agent
})
