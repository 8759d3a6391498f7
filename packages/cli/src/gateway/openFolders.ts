/** Warns at the start of what others of the machine can write. */
import * as AgentRegistry from "@clawdbot/domain/Agent/AgentRegistry"
import type { Config } from "@clawdbot/domain/Config/Config"
import type { Paths } from "@clawdbot/domain/Environment/StatePaths"
import type { Disk } from "@clawdbot/node/File/Disk"
import { type WritableByOthers, writableByOthers } from "@clawdbot/node/File/writableByOthers"
import * as Effect from "effect/Effect"

const sentence = ({ isForeign, mode, path }: WritableByOthers): string => {
  if (isForeign)
    return (
      `warning: ${path} belongs to another user, who can change the config and take the ` +
      "credentials; make it yours: chown"
    )
  return (
    `warning: other users can write to ${path} (mode ${mode.toString(8)}), and so change the ` +
    "config and take the credentials; fix: clawdbot doctor --fix"
  )
}

/** A sentence for each file and folder of the state that others can write. */
export const openFolders = (
  config: Config,
  paths: Paths
): Effect.Effect<ReadonlyArray<string>, never, Disk> => {
  const { agents } = AgentRegistry.fromConfig(config, paths)
  return Effect.map(
    writableByOthers([
      paths.stateDir,
      paths.configPath,
      `${paths.stateDir}/.env`,
      `${paths.stateDir}/run`,
      ...agents.flatMap((agent) => [agent.dir, AgentRegistry.storePath(agent)])
    ]),
    (found) => found.map(sentence)
  )
}
