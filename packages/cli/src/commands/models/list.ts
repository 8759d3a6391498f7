/** `clawdbot models list`: the models the config names, or all that are known. */

import * as AgentRegistry from "@clawdbot/domain/Agent/AgentRegistry"
import * as AmbientKey from "@clawdbot/domain/Auth/AmbientKey"
import * as AuthFacts from "@clawdbot/domain/Auth/AuthFacts"
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import { ifDefined } from "@clawdbot/domain/Document/defined"
import { listIf } from "@clawdbot/domain/Document/listIf"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import { knownModels } from "@clawdbot/domain/Model/knownModels"
import * as ModelCatalog from "@clawdbot/domain/Model/ModelCatalog"
import * as ModelRef from "@clawdbot/domain/Model/ModelRef"
import * as LoginCopies from "@clawdbot/domain/OAuth/LoginCopies"
import { ProfileStore } from "@clawdbot/domain/Profile/ProfileStore"
import * as ProviderId from "@clawdbot/domain/Profile/ProviderId"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { command } from "../../commandLine/definition.ts"
import * as CommandOptions from "../../commandLine/options.ts"
import { exit } from "../../exit.ts"
import { IoStreams } from "../../terminal/IoStreams.ts"
import { jsonLines } from "../../terminal/lines.ts"
import { agentFor } from "../agentFor.ts"

interface Row {
  readonly key: string
  readonly name: string
  readonly input: string
  readonly contextWindow: number | null
  readonly local: boolean | null
  readonly available: boolean | null
  readonly tags: ReadonlyArray<string>
  readonly missing: boolean
}

const rowOf = (ref: ModelRef.ModelRef, tags: ReadonlyArray<string>, hasAuth: boolean): Row => {
  const key = ModelRef.label(ref)
  const known = ref.provider === ProviderId.anthropic ? knownModels.get(ref.model) : undefined
  if (known === undefined)
    return {
      key,
      name: key,
      input: "-",
      contextWindow: null,
      local: null,
      available: null,
      tags: [...tags, "missing"],
      missing: true
    }
  return {
    key,
    name: known.name,
    input: "text+image",
    contextWindow: known.contextWindow,
    local: false,
    available: hasAuth,
    tags,
    missing: false
  }
}

/** Why a model is in the list: what the config uses it for. */
const tagsOf = (
  catalog: ModelCatalog.ModelCatalog,
  ref: ModelRef.ModelRef
): ReadonlyArray<string> => {
  const means = (text: string) =>
    Option.exists(catalog.resolve(text), (other) => ModelRef.equals(other, ref))
  const numbered = (texts: ReadonlyArray<string>, name: string) =>
    texts.flatMap((text, index) => listIf(means(text), `${name}#${index + 1}`))
  const aliases = [...catalog.aliases].flatMap(([alias, target]) => listIf(means(target), alias))
  return [
    ...listIf(ModelRef.equals(catalog.resolvedDefault, ref), "default"),
    ...numbered(catalog.fallbacks, "fallback"),
    ...listIf(Option.exists(catalog.imageModel, means), "image"),
    ...numbered(catalog.imageFallbacks, "img-fallback"),
    ...listIf(catalog.allowed.some(means), "configured"),
    ...listIf(aliases.length > 0, `alias:${aliases.join(",")}`)
  ]
}

/** The command. */
export const list = command({
  name: "list",
  description: "List the configured models.",
  examples: ["clawdbot models list --all"],
  options: {
    all: CommandOptions.flag("all", "List all known models, not only configured ones."),
    local: CommandOptions.flag("local", "Only models that run on this machine; clawdbot has none."),
    provider: CommandOptions.text("provider", "PROVIDER", "Only models of this provider."),
    json: CommandOptions.json,
    plain: CommandOptions.flag("plain", "Print one model per line.")
  },
  run: (values) =>
    Effect.gen(function* () {
      const io = yield* IoStreams
      const { config, environment } = yield* (yield* ConfigStore).load
      const agent = yield* agentFor(undefined)
      const registry = AgentRegistry.fromConfig(config, yield* StatePaths)
      const snapshots = yield* Effect.forEach(
        AuthFacts.inheritanceChain(registry, agent.id),
        (yield* ProfileStore).read
      )
      const held = AuthFacts.holdings(snapshots, LoginCopies.none)
      const catalog = ModelCatalog.forAgent(config, agent.id)
      const hasAuth = (provider: string): boolean =>
        held.some(({ credential }) => credential.provider === provider) ||
        AmbientKey.inForce(
          AmbientKey.find(config, environment, ProviderId.normalize(provider)),
          false
        ).length > 0
      const all = [...knownModels.keys()].map((id) => ModelRef.make(ProviderId.anthropic, id))
      const wanted = ifDefined(values.provider, ProviderId.normalize)
      const rows = (values.all ? all : ModelCatalog.named(catalog))
        .filter((ref) => wanted === undefined || ref.provider === wanted)
        .filter(() => !values.local)
        .map((ref) => rowOf(ref, tagsOf(catalog, ref), hasAuth(ref.provider)))
      if (values.json) yield* io.stdout(jsonLines({ count: rows.length, models: rows }))
      else if (rows.length === 0) yield* io.stdout("No models found.")
      else if (values.plain) yield* io.stdout(rows.map((row) => row.key))
      else {
        const width = Math.max(...rows.map((row) => row.key.length))
        yield* io.stdout(
          rows.map((row) =>
            (
              `${row.key.padEnd(width)}  ${row.missing ? "not known here" : row.name}  ` +
              `${row.tags.join(", ")}`
            ).trimEnd()
          )
        )
      }
      return exit.done
    })
})
