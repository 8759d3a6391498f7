/**
 * The values that only this machine can tell. What cannot be read offers nothing: a Tab is no place
 * for complaints.
 */

import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import * as AgentRegistry from "@clawdbot/domain/Agent/AgentRegistry"
import { type ConfigSnapshot, ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import { leaves } from "@clawdbot/domain/Config/ConfigView"
import { keysRead } from "@clawdbot/domain/Config/KnownKeys"
import { ifDefined } from "@clawdbot/domain/Document/defined"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import { knownModels } from "@clawdbot/domain/Model/knownModels"
import * as ModelCatalog from "@clawdbot/domain/Model/ModelCatalog"
import * as ModelRef from "@clawdbot/domain/Model/ModelRef"
import * as ModelAliases from "@clawdbot/domain/Model/modelAliases"
import { ProfileStore } from "@clawdbot/domain/Profile/ProfileStore"
import * as ProviderId from "@clawdbot/domain/Profile/ProviderId"
import { textIf } from "@clawdbot/domain/Text/textIf"
import * as KeyPath from "@clawdbot/json5-edit/KeyPath"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

import type { Candidate, CompletionSource } from "./complete.ts"

const profilesOf = (config: ConfigSnapshot, named: string | undefined) =>
  Effect.gen(function* () {
    const registry = AgentRegistry.fromConfig(config.config, yield* StatePaths)
    const agent = ifDefined(named, AgentId.normalize) ?? registry.defaultAgent
    return [...(yield* (yield* ProfileStore).read(agent)).document.profiles]
  })

const aliasesOf = (catalog: ModelCatalog.ModelCatalog): ReadonlyArray<Candidate> =>
  [...catalog.aliases].map(([value, description]) => ({ value, description }))

/**
 * Aliases that need no entry, unless an entry of the config stands for the same word or took it
 * away.
 */
const builtInAliases = (catalog: ModelCatalog.ModelCatalog): ReadonlyArray<Candidate> =>
  ModelAliases.builtInAliases.flatMap(([value, ref]) => {
    if (
      !catalog.aliases.has(value) &&
      Option.exists(catalog.resolve(value), (found) => ModelRef.equals(found, ref))
    )
      return [{ value, description: ModelRef.label(ref) }]
    return []
  })

/**
 * The values of a kind. `agent` is whose profiles are meant, the default agent's where it is
 * absent.
 */
export const lookUp = (known: Exclude<CompletionSource, "files">, agent: string | undefined) =>
  Effect.gen(function* () {
    const config = yield* (yield* ConfigStore).load
    switch (known) {
      case "profiles":
        return (yield* profilesOf(config, agent)).map(
          ([value, { type }]): Candidate => ({ value, description: type.replace("_", " ") })
        )
      case "providers": {
        const held = (yield* profilesOf(config, agent)).map(([, { provider }]) => provider)
        return [...new Set([ProviderId.anthropic, ...held])].map(
          (value): Candidate => ({ value, description: "" })
        )
      }
      case "agents": {
        const { agents, defaultAgent } = AgentRegistry.fromConfig(config.config, yield* StatePaths)
        return agents.map(
          ({ id }): Candidate => ({
            value: id,
            description: textIf(id === defaultAgent, "default")
          })
        )
      }
      case "aliases":
        return aliasesOf(ModelCatalog.fromConfig(config.config))
      case "models": {
        const catalog = ModelCatalog.fromConfig(config.config)
        const labels = [
          ...catalog.allowed,
          ...[...knownModels.keys()].map((model) => `${ProviderId.anthropic}/${model}`)
        ]
        return [
          ...aliasesOf(catalog),
          ...builtInAliases(catalog),
          ...[...new Set(labels)].map((value): Candidate => ({ value, description: "" }))
        ]
      }
      case "keys":
        return [
          ...new Set([
            ...leaves(config, []).map(({ path }) => KeyPath.renderExact(path)),
            ...keysRead()
          ])
        ].map((value): Candidate => ({ value, description: "" }))
    }
  })
