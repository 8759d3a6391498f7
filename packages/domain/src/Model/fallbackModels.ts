/**
 * Which models may answer in place of another one, by the config (decision D58). Pure.
 */
import * as Option from "effect/Option"
import type { AgentId } from "../Agent/AgentId.ts"
import type { Config } from "../Config/Config.ts"
import { defaults } from "../Config/defaults.ts"
import { plainModelId } from "../Health/modelGroups.ts"
import * as ProviderId from "../Profile/ProviderId.ts"
import * as ModelCatalog from "./ModelCatalog.ts"
import { featuresOf } from "./modelFeatures.ts"

/** So many other models are tried for one request at most. */
export const maxFallbacks = 2

/** What of a config is to be told of a model that another one may answer for. */
export interface FallbackModels {
  /** The model that was asked for, as the config writes it. */
  readonly asked: string
  /** The models after it, in order, of which it is known what they take. */
  readonly others: ReadonlyArray<string>
}

const none: FallbackModels = { asked: "", others: [] }

/** A name that a header can carry. */
const isPlainName = (model: string): boolean => /^[\w.:@[\]-]{1,128}$/.test(model)

/** Whether the gateway may answer with another model than a request names. */
export const isOn = ({ gateway }: Config): boolean =>
  (gateway?.modelFallback ?? defaults["gateway.modelFallback"]) === true

/**
 * The models that may answer for one that an agent's request names: those after it in the list that
 * begins with the agent's primary model and goes on with its fallbacks. None for a model that is
 * not in it, such as a small one for small tasks: the list is no replacement for that.
 */
export const fallbackModels = (config: Config, agent: AgentId, model: string): FallbackModels => {
  if (!isOn(config)) return none
  const catalog = ModelCatalog.forAgent(config, agent)
  const chain = [
    Option.some(catalog.resolvedDefault),
    ...catalog.fallbacks.map((text) => catalog.resolve(text))
  ]
    .flatMap(Option.toArray)
    .filter((ref) => ref.provider === ProviderId.anthropic && isPlainName(ref.model))
    .map((ref) => ref.model)
  const plain = chain.map(plainModelId)
  const position = plain.indexOf(plainModelId(model))
  const asked = chain[position]
  if (asked === undefined) return none
  const others = chain.filter(
    (model, index) =>
      index > position &&
      plain.indexOf(plain[index] ?? "") === index &&
      featuresOf(model) !== undefined
  )
  return { asked, others }
}

/** Whether a client's requests always go with the model they name, by the name of its token. */
export const isExcepted = ({ gateway }: Config, client: string | undefined): boolean =>
  client !== undefined && gateway?.modelFallbackExcept?.includes(client) === true
