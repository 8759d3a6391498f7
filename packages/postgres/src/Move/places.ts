/** Where the files of a state folder are that are moved to a store, and their names there. */
import * as path from "node:path"
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import * as AgentRegistry from "@clawdbot/domain/Agent/AgentRegistry"
import type { Config } from "@clawdbot/domain/Config/Config"
import type { Paths } from "@clawdbot/domain/Environment/StatePaths"
import type { ProfileId } from "@clawdbot/domain/Profile/ProfileId"
import * as ResourcePinsFile from "@clawdbot/node/Auth/ResourcePinsFile"
import * as AccessTokensFile from "@clawdbot/node/Client/AccessTokensFile"
import * as RefreshJournalFile from "@clawdbot/node/OAuth/RefreshJournalFile"
import * as LoggedOutFile from "@clawdbot/node/Profile/loggedOutFile"
import { FileSystem } from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"

/** The files of one agent. */
export interface AgentPlaces {
  readonly agent: AgentId.AgentId
  readonly folder: string
  readonly store: string
  readonly health: string
}

/** The files of a state folder, by the config that places its agents. */
export interface Places {
  readonly stateDir: string
  readonly agent: (id: AgentId.AgentId) => AgentPlaces
  /** Those that the config names. */
  readonly named: ReadonlyArray<AgentId.AgentId>
  readonly pins: string
  readonly clients: string
  readonly own: string
  readonly journal: string
  readonly usage: string
}

/** The places of a state folder. */
export const placesOf = (paths: Paths, config: Config): Places => {
  const registry = AgentRegistry.fromConfig(config, paths)
  const { stateDir } = paths
  return {
    stateDir,
    agent: (id) => {
      const agent = registry.get(id)
      return {
        agent: id,
        folder: agent.dir,
        store: AgentRegistry.storePath(agent),
        health: AgentRegistry.healthPath(agent)
      }
    },
    named: registry.agents.map(({ id }) => id),
    pins: ResourcePinsFile.fileOf(stateDir),
    clients: AccessTokensFile.clientsFileOf(stateDir),
    own: AccessTokensFile.ownFileOf(stateDir),
    journal: RefreshJournalFile.folderOf(stateDir),
    usage: path.join(stateDir, "usage")
  }
}

/** What a folder holds; nothing where there is none, or it cannot be listed. */
export const namesIn = (folder: string): Effect.Effect<ReadonlyArray<string>, never, FileSystem> =>
  Effect.flatMap(FileSystem, (files) =>
    Effect.orElseSucceed(files.readDirectory(folder), (): ReadonlyArray<string> => [])
  )

/** The agents of the config, and those that have a folder of their own although it names none. */
export const agentsOf = ({ agent, named, stateDir }: Places) =>
  Effect.map(namesIn(path.join(stateDir, "agents")), (names) => {
    const found = names.filter((name) => AgentId.normalize(name) === name).map(AgentId.normalize)
    return [...new Set([...named, ...found.sort()])].map(agent)
  })

const agentFile = (agent: AgentId.AgentId, file: string): string =>
  `agents/${agent}/${path.basename(file)}`

/** What each file is called in the store: the same wherever the folder is. */
export const names = {
  store: ({ agent, store }: AgentPlaces): string => agentFile(agent, store),
  health: ({ agent, health }: AgentPlaces): string => agentFile(agent, health),
  kept: ({ agent, store }: AgentPlaces, profile: ProfileId): string =>
    agentFile(agent, LoggedOutFile.pathOf(store, profile)),
  keptAs: ({ agent }: AgentPlaces, file: string): string => agentFile(agent, file),
  journal: (fingerprint: string): string => `run/refresh-journal/${fingerprint}.json`,
  usage: (day: string): string => `usage/${day}.jsonl`,
  pins: "gateway-pins.jsonl",
  clients: "gateway-clients.json",
  own: "gateway-tokens.json"
} as const
