/** Which agent a request is for (decision D26b). */
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import * as AgentRegistry from "@clawdbot/domain/Agent/AgentRegistry"
import { type ErrorAnswer, make as makeError } from "@clawdbot/domain/Anthropic/ErrorEnvelope"
import type { Config } from "@clawdbot/domain/Config/Config"
import type { Paths } from "@clawdbot/domain/Environment/StatePaths"
import { newRequestId } from "../respond.ts"
import { headerOf, type Incoming } from "./Incoming.ts"

/** How many agents that the config does not list clients may name. */
const maxAdHocAgents = 250

/** The response to a request that names one agent too many. */
export const tooManyAgents = (): ErrorAnswer =>
  makeError({
    status: 400,
    type: "invalid_request_error",
    message:
      "x-clawdbot-agent has named too many agents that the config does not list; add " +
      "the agents you use to agents.list",
    code: "TooManyAgents",
    requestId: newRequestId()
  })

/** The agents of requests to one gateway. */
export class RequestAgents {
  /** Agents that only requests name; each costs memory for as long as the gateway runs. */
  private readonly adHocAgents = new Set<AgentId.AgentId>()
  private readonly paths: Paths

  constructor(paths: Paths) {
    this.paths = paths
  }

  /** The agent of a request; undefined where clients have named too many. */
  of({ client, request }: Incoming, config: Config): AgentId.AgentId | undefined {
    if (client?.agent !== undefined) return client.agent
    const registry = AgentRegistry.fromConfig(config, this.paths)
    const named = headerOf(request, "x-clawdbot-agent")
    if (named === undefined) return registry.defaultAgent
    const agent = AgentId.normalize(named)
    if (this.adHocAgents.has(agent) || registry.agents.some(({ id }) => id === agent)) return agent
    if (this.adHocAgents.size >= maxAdHocAgents) return undefined
    this.adHocAgents.add(agent)
    return agent
  }
}
