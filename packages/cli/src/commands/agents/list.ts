/**
 * `clawdbot agents list`: the agents there are, where each keeps its files and whose profiles it
 * uses.
 */

import * as AgentRegistry from "@clawdbot/domain/Agent/AgentRegistry"
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import { listIf } from "@clawdbot/domain/Document/listIf"
import { StatePaths, shorten } from "@clawdbot/domain/Environment/StatePaths"
import * as ModelCatalog from "@clawdbot/domain/Model/ModelCatalog"
import * as ModelRef from "@clawdbot/domain/Model/ModelRef"
import { textIf } from "@clawdbot/domain/Text/textIf"
import * as Effect from "effect/Effect"
import { command } from "../../commandLine/definition.ts"
import * as CommandOptions from "../../commandLine/options.ts"
import { exit } from "../../exit.ts"
import { IoStreams } from "../../terminal/IoStreams.ts"
import { jsonLines } from "../../terminal/lines.ts"

/** The command. */
export const list = command({
  name: "list",
  description: "List the agents.",
  examples: ["clawdbot agents list"],
  options: { json: CommandOptions.json },
  run: (values) =>
    Effect.gen(function* () {
      const io = yield* IoStreams
      const paths = yield* StatePaths
      const { config } = yield* (yield* ConfigStore).load
      const registry = AgentRegistry.fromConfig(config, paths)
      const agents = registry.agents.map((agent) => ({
        id: agent.id,
        isDefault: agent.id === registry.defaultAgent,
        agentDir: agent.dir,
        authStorePath: AgentRegistry.storePath(agent),
        model: ModelRef.label(ModelCatalog.forAgent(config, agent.id).resolvedDefault),
        inheritFrom: agent.inheritFrom ?? null
      }))
      if (values.json) yield* io.stdout(jsonLines(agents))
      else {
        const lines = agents.flatMap(({ agentDir, id, inheritFrom, isDefault, model }) => [
          `- ${id}${textIf(isDefault, " (default)")}`,
          `  Folder: ${shorten(paths, agentDir)}`,
          `  Model: ${model}`,
          ...listIf(inheritFrom !== null, `  Profiles: its own, then those of ${inheritFrom}`)
        ])
        yield* io.stdout([`Agents (${agents.length}):`, ...lines])
      }
      return exit.done
    })
})
