/**
 * Which agents there are, where each keeps its files, and whose profiles it may read
 * (decisions S10 and D21).
 */

import type { AgentEntry } from "../Config/agentsSection.ts"
import type { Config } from "../Config/Config.ts"
import { ifDefined } from "../Document/defined.ts"
import { type Paths, resolve } from "../Environment/StatePaths.ts"
import * as AgentId from "./AgentId.ts"

/** One agent. */
export interface Agent {
  readonly id: AgentId.AgentId
  /** Absolute path of the agent's folder. */
  readonly dir: string
  /** The agent whose profiles this one also sees, when the config opts in. */
  readonly inheritFrom: AgentId.AgentId | undefined
}

/** The agents of a config. `get` answers for any id: an agent needs no entry to have a folder. */
export interface AgentRegistry {
  readonly defaultAgent: AgentId.AgentId
  readonly agents: ReadonlyArray<Agent>
  readonly get: (id: AgentId.AgentId) => Agent
}

const built = new WeakMap<Config, { readonly paths: Paths; readonly registry: AgentRegistry }>()

/**
 * The registry of a config, worked out once for each config object. `CLAWDBOT_AGENT_DIR` moves the
 * folder of the default agent, whoever that is (the reference moves `main` only).
 */
export const fromConfig = (config: Config, paths: Paths): AgentRegistry => {
  const before = built.get(config)
  if (before?.paths === paths) return before.registry
  const registry = build(config, paths)
  built.set(config, { paths, registry })
  return registry
}

const build = (config: Config, paths: Paths): AgentRegistry => {
  const list = config.agents?.list ?? []
  const flagged = list.find((entry) => entry.default === true) ?? list[0]
  const defaultAgent = ifDefined(flagged, ({ id }) => AgentId.normalize(id)) ?? AgentId.main
  const entries = new Map<AgentId.AgentId, AgentEntry>()
  for (const entry of list) {
    const id = AgentId.normalize(entry.id)
    if (!entries.has(id)) entries.set(id, entry)
  }
  const make = (id: AgentId.AgentId): Agent => {
    const entry = entries.get(id)
    const own = entry?.agentDir?.trim()
    const inherit = entry?.auth?.inheritFrom
    const source = ifDefined(inherit, AgentId.normalize)
    const override = id === defaultAgent ? paths.agentDirOverride : undefined
    return {
      id,
      dir: override ?? (own ? resolve(paths, own) : `${paths.stateDir}/agents/${id}/agent`),
      inheritFrom: source === id ? undefined : source
    }
  }
  const known = new Map<AgentId.AgentId, Agent>()
  for (const id of [defaultAgent, ...entries.keys()]) {
    if (!known.has(id)) known.set(id, make(id))
  }
  return { defaultAgent, agents: [...known.values()], get: (id) => known.get(id) ?? make(id) }
}

/** Path of an agent's profile store. */
export const storePath = (agent: Agent): string => `${agent.dir}/auth-profiles.json`

/** Path of an agent's health file (decision D7). */
export const healthPath = (agent: Agent): string => `${agent.dir}/auth-health.json`

/**
 * Two agents with one folder: their stores would overwrite each other. Compared without case where
 * the file system does.
 */
export const duplicateFolders = (
  registry: AgentRegistry,
  caseInsensitive: boolean
): ReadonlyArray<{ readonly dir: string; readonly agents: ReadonlyArray<AgentId.AgentId> }> => {
  const byFolder = new Map<
    string,
    { readonly dir: string; readonly agents: Array<AgentId.AgentId> }
  >()
  for (const agent of registry.agents) {
    const key = caseInsensitive ? agent.dir.toLowerCase() : agent.dir
    const entry = byFolder.get(key) ?? { dir: agent.dir, agents: [] }
    entry.agents.push(agent.id)
    byFolder.set(key, entry)
  }
  return [...byFolder.values()].filter((entry) => entry.agents.length > 1)
}
