/**
 * Which models a config names: default, fallbacks, aliases, the list of allowed ones, and their
 * parameters (docs/formats.md).
 */
import * as Option from "effect/Option"
import * as AgentId from "../Agent/AgentId.ts"
import type {
  AgentEntry,
  CacheControlTtl,
  ModelChoice,
  ModelEntry
} from "../Config/agentsSection.ts"
import type { Config } from "../Config/Config.ts"
import { defaults } from "../Config/defaults.ts"
import { editDistance } from "../Config/editDistance.ts"
import { ifDefined } from "../Document/defined.ts"
import { listIf } from "../Document/listIf.ts"
import { shellWord } from "../Text/shellWord.ts"
import * as ModelRef from "./ModelRef.ts"
import { type Aliases, blankless, collectAliases, entries } from "./modelAliases.ts"

/** The model of a config that names none. */
export const builtInDefault: ModelRef.ModelRef = Option.getOrThrow(
  ModelRef.parse(defaults["agents.defaults.model.primary"])
)

/**
 * What a config says about models. The first group is in the words of the config, as `models
 * status` prints it (§7.2).
 */
export interface ModelCatalog {
  /** The configured primary as written, or the built-in default. */
  readonly defaultModel: string
  /** The same after aliases and short names. */
  readonly resolvedDefault: ModelRef.ModelRef
  readonly fallbacks: ReadonlyArray<string>
  readonly imageModel: Option.Option<string>
  readonly imageFallbacks: ReadonlyArray<string>
  /** Aliases of the listed models, built-in ones included, to the model as listed. */
  readonly aliases: ReadonlyMap<string, string>
  /** The listed models as written; empty means that all are allowed. */
  readonly allowed: ReadonlyArray<string>
  /**
   * Whether the configured primary was understood; when it was not, no provider counts as in use
   * through it.
   */
  readonly defaultUnderstood: boolean
  /** Whether the config names a default model; without one, clients choose. */
  readonly defaultConfigured: boolean
  /** Things worth telling, one sentence each. */
  readonly warnings: ReadonlyArray<string>
  /** A text as a model: an alias (any case) when it has no slash, a reference otherwise. */
  readonly resolve: (text: string) => Option.Option<ModelRef.ModelRef>
}

/** What is wrong with a model's name in the config, and the command that writes another. */
export interface NameWarning {
  readonly warning: string
  readonly cure: string
}

interface Primary {
  readonly text: string | undefined
  readonly ref: Option.Option<ModelRef.ModelRef>
  readonly warnings: ReadonlyArray<NameWarning>
}

/** The alias that was most likely meant by a text, if any is near; else the model that is used. */
const meantBy = ({ index }: Aliases, text: string, used: ModelRef.ModelRef): string => {
  const near = [...index.keys()].find((alias) => editDistance(alias, text.toLowerCase()) <= 2)
  return near ?? ModelRef.label(used)
}

/** A model as the config names it at a path, and what is wrong with the name. */
const readPrimary = (
  aliases: Aliases,
  resolve: ModelCatalog["resolve"],
  path: string,
  written: string | undefined,
  otherwise: ModelRef.ModelRef
): Primary => {
  const text = blankless(written)
  if (text === undefined) return { text, ref: Option.none(), warnings: [] }
  const ref = resolve(text)
  const used = Option.getOrElse(ref, () => otherwise)
  const cure = `clawdbot config set ${shellWord(path)} ${shellWord(meantBy(aliases, text, used))}`
  const instead = `${ModelRef.label(used)} is used`
  if (Option.isNone(ref)) {
    const warning = `${path} "${text}" names no model (provider/model is expected); ${instead}`
    return { text, ref, warnings: [{ warning, cure }] }
  }
  const isWhole = text.includes("/") || aliases.index.has(text.toLowerCase())
  const warning = `${path} "${text}" names no provider; ${instead}`
  return { text, ref, warnings: listIf(!isWhole, { warning, cure }) }
}

interface OwnChoice {
  readonly choice: ModelChoice
  readonly path: string
}

/** What an agent's entry says about its model, and where it stands. */
const choiceIn = (entry: AgentEntry | undefined, index: number): OwnChoice => {
  const path = `agents.list[${index}].model`
  if (typeof entry?.model === "string") return { choice: { primary: entry.model }, path }
  return { choice: entry?.model ?? {}, path: `${path}.primary` }
}

const ownChoice = (config: Config, agent: AgentId.AgentId): OwnChoice => {
  const list = config.agents?.list ?? []
  const index = list.findIndex((entry) => AgentId.normalize(entry.id) === agent)
  return choiceIn(list[index], index)
}

/** What holds for all agents of a config. */
interface Common {
  readonly aliases: Aliases
  readonly resolve: ModelCatalog["resolve"]
  readonly primary: Primary
  readonly ref: ModelRef.ModelRef
}

const known = new WeakMap<Config, Common>()

/** Worked out once for each config object. */
const commonOf = (config: Config): Common => {
  const before = known.get(config)
  if (before !== undefined) return before
  const aliases = collectAliases(config)
  const resolve = (text: string): Option.Option<ModelRef.ModelRef> => {
    const trimmed = text.trim()
    const byAlias = trimmed.includes("/") ? undefined : aliases.index.get(trimmed.toLowerCase())
    if (byAlias === undefined) return ModelRef.parse(trimmed)
    return Option.some(byAlias)
  }
  const path = "agents.defaults.model.primary"
  const written = config.agents?.defaults?.model?.primary
  const primary = readPrimary(aliases, resolve, path, written, builtInDefault)
  const ref = Option.getOrElse(primary.ref, () => builtInDefault)
  const common = { aliases, resolve, primary, ref }
  known.set(config, common)
  return common
}

const ownPrimary = ({ aliases, ref, resolve }: Common, { choice, path }: OwnChoice): Primary =>
  readPrimary(aliases, resolve, path, choice.primary, ref)

const make = (config: Config, agent: AgentId.AgentId | undefined): ModelCatalog => {
  const defaults = config.agents?.defaults
  const common = commonOf(config)
  const own = ifDefined(agent, (agent) => ownChoice(config, agent))
  const mine = ifDefined(own, (own) => ownPrimary(common, own))
  const isOwn = mine !== undefined && Option.isSome(mine.ref)
  const text = isOwn ? mine.text : common.primary.text
  return {
    defaultModel: text ?? ModelRef.label(builtInDefault),
    resolvedDefault: isOwn ? mine.ref.value : common.ref,
    fallbacks: own?.choice.fallbacks ?? defaults?.model?.fallbacks ?? [],
    imageModel: Option.fromNullable(blankless(defaults?.imageModel?.primary)),
    imageFallbacks: defaults?.imageModel?.fallbacks ?? [],
    aliases: common.aliases.shown,
    allowed: entries(config).map(([name]) => name),
    defaultUnderstood:
      isOwn || common.primary.text === undefined || Option.isSome(common.primary.ref),
    defaultConfigured: text !== undefined,
    warnings: [
      ...common.aliases.warnings,
      ...[...common.primary.warnings, ...(mine?.warnings ?? [])].map(({ warning }) => warning)
    ],
    resolve: common.resolve
  }
}

/** The catalog of a config, for everything that is not one agent's own. */
export const fromConfig = (config: Config): ModelCatalog => make(config, undefined)

/**
 * The same for an agent: its own primary before the default one; its own fallbacks only when the
 * key is there (an empty list switches them off, a model given as text keeps the global ones).
 */
export const forAgent = (config: Config, agent: AgentId.AgentId): ModelCatalog =>
  make(config, agent)

/**
 * Whether an agent's entry names a model or fallbacks of its own, so that the defaults do not
 * count.
 */
export const hasOwn = (config: Config, agent: AgentId.AgentId, key: keyof ModelChoice): boolean =>
  ownChoice(config, agent).choice[key] !== undefined

/** What is wrong with the names of models in a config, those of the agents included. */
export const nameWarnings = (config: Config): ReadonlyArray<NameWarning> => {
  const common = commonOf(config)
  const own = (config.agents?.list ?? []).flatMap(
    (entry, index) => ownPrimary(common, choiceIn(entry, index)).warnings
  )
  return [...common.primary.warnings, ...own]
}

/** Things worth telling about all models a config names: the agents' own included. */
export const warnings = (config: Config): ReadonlyArray<string> => [
  ...commonOf(config).aliases.warnings,
  ...nameWarnings(config).map(({ warning }) => warning)
]

/**
 * Whether a model may be used: any, when no model is listed; otherwise the listed ones, the default
 * and the fallbacks.
 */
export const isAllowed = (catalog: ModelCatalog, ref: ModelRef.ModelRef): boolean =>
  catalog.allowed.length === 0 ||
  ModelRef.equals(catalog.resolvedDefault, ref) ||
  [...catalog.allowed, ...catalog.fallbacks].some((text) =>
    Option.exists(catalog.resolve(text), (candidate) => ModelRef.equals(candidate, ref))
  )

/**
 * The request parameters of a model; an entry with the exact name goes before one that only means
 * the same model.
 */
export const params = (
  config: Config,
  ref: ModelRef.ModelRef
): NonNullable<ModelEntry["params"]> => {
  const listed = entries(config)
  const found =
    listed.find(([name]) => name === ModelRef.label(ref)) ??
    listed.find(([name]) =>
      Option.exists(ModelRef.parse(name), (candidate) => ModelRef.equals(candidate, ref))
    )
  return found?.[1].params ?? {}
}

/** The configured cache lifetime of a model; there is no default (decision S4). */
export const cacheControlTtl = (
  config: Config,
  ref: ModelRef.ModelRef
): Option.Option<CacheControlTtl> => Option.fromNullable(params(config, ref).cacheControlTtl)

/** Every model the config names, once: default, fallbacks, image models, allowed ones. */
export const named = (catalog: ModelCatalog): ReadonlyArray<ModelRef.ModelRef> => {
  const texts = [
    ...catalog.fallbacks,
    ...Option.toArray(catalog.imageModel),
    ...catalog.imageFallbacks,
    ...catalog.allowed
  ]
  const all = [
    ...listIf(catalog.defaultUnderstood, catalog.resolvedDefault),
    ...texts.flatMap((text) => Option.toArray(catalog.resolve(text)))
  ]
  return all.filter((ref, index) => all.findIndex((other) => ModelRef.equals(other, ref)) === index)
}
