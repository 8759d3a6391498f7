/** The agent a command works on. */
export { namedAgent as agentFor } from "@clawdbot/domain/Agent/namedAgent"
