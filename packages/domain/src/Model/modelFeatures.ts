/**
 * Which parameters of a request the provider's models take, as its pages about the models say
 * (platform.claude.com, "Models overview", "Upgrade between model versions" and the page of each
 * model, November 2026). What those do not say counts as not taken: it only keeps a request from
 * falling back to the model. Pure.
 */
import { plainModelId } from "../Health/modelGroups.ts"
import { pricesOf } from "../Pricing/priceTable.ts"

/** A value of `thinking.type`. */
type Thinking = "adaptive" | "enabled" | "disabled"

/** A value of `output_config.effort`. */
type Effort = "low" | "medium" | "high" | "xhigh" | "max"

/** What one line of models takes. */
export interface ModelFeatures {
  readonly thinking: ReadonlyArray<Thinking>
  readonly efforts: ReadonlyArray<Effort>
  /** `temperature`, `top_p` and `top_k`. */
  readonly sampling: boolean
  /** `tool_choice` that names a tool, or wants any. */
  readonly forcedTools: boolean
  /** A prompt of a million tokens. */
  readonly longContext: boolean
  /** The largest `max_tokens`. */
  readonly maxTokens: number
  /** `"speed": "fast"`. */
  readonly fast: boolean
}

interface Line extends Omit<ModelFeatures, "fast"> {
  readonly models: RegExp
}

const allEfforts: ReadonlyArray<Effort> = ["low", "medium", "high", "xhigh", "max"]

const long = { longContext: true, maxTokens: 128_000 } as const
const short = { longContext: false, maxTokens: 64_000 } as const
/** Models that decide by themselves how much they think, and take no parameter of sampling. */
const adaptive = { ...long, efforts: allEfforts, sampling: false } as const

const lines: ReadonlyArray<Line> = [
  {
    ...adaptive,
    models: /^claude-(?:opus-5-5|sonnet-5-5|haiku-5-5|fable-5(?:-[12])?)$/,
    thinking: ["adaptive"],
    forcedTools: false
  },
  { ...adaptive, models: /^claude-sonnet-5$/, thinking: ["adaptive"], forcedTools: true },
  {
    ...adaptive,
    models: /^claude-opus-(?:5|4-[78])$/,
    thinking: ["adaptive", "disabled"],
    forcedTools: true
  },
  {
    ...long,
    models: /^claude-opus-4-6$/,
    thinking: ["adaptive", "enabled", "disabled"],
    efforts: ["low", "medium", "high", "max"],
    sampling: true,
    forcedTools: true
  },
  {
    longContext: true,
    maxTokens: 64_000,
    models: /^claude-sonnet-4-6$/,
    thinking: ["adaptive", "enabled", "disabled"],
    efforts: ["low", "medium", "high", "max"],
    sampling: true,
    forcedTools: true
  },
  {
    ...short,
    models: /^claude-opus-4-5$/,
    thinking: ["enabled", "disabled"],
    efforts: ["low", "medium", "high"],
    sampling: true,
    forcedTools: true
  },
  {
    ...short,
    models: /^claude-(?:sonnet|haiku)-4-5$/,
    thinking: ["enabled", "disabled"],
    efforts: [],
    sampling: true,
    forcedTools: true
  }
]

/** What a model takes; undefined where nothing is known of it. */
export const featuresOf = (model: string): ModelFeatures | undefined => {
  const plain = plainModelId(model)
  const line = lines.find(({ models }) => models.test(plain))
  if (line === undefined) return undefined
  const { efforts, forcedTools, longContext, maxTokens, sampling, thinking } = line
  const fast = pricesOf(plain)?.fast !== undefined
  return { thinking, efforts, sampling, forcedTools, longContext, maxTokens, fast }
}

/** What a request asks of a model beside its answer; absent where it asks for nothing of it. */
export interface ModelDemands {
  /** `thinking.type`. */
  readonly thinking?: string
  /** `output_config.effort`. */
  readonly effort?: string
  readonly sampling?: boolean
  readonly forcedTools?: boolean
  readonly longContext?: boolean
  readonly maxTokens?: number
  readonly fast?: boolean
}

const includes = (known: ReadonlyArray<string>, value: string | undefined): boolean =>
  value === undefined || known.includes(value)

/** Where thinking is disabled, some models refuse more effort than this. */
const withoutThinking: ReadonlyArray<string> = ["low", "medium", "high"]

/** The parameter of a request that a model does not take; undefined where it takes them all. */
export const lacking = (demands: ModelDemands, features: ModelFeatures): string | undefined => {
  const { effort, fast, forcedTools, longContext, maxTokens = 0, sampling, thinking } = demands
  if (!includes(features.thinking, thinking)) return "thinking"
  if (!includes(features.efforts, effort)) return "output_config.effort"
  if (thinking === "disabled" && !includes(withoutThinking, effort)) return "thinking"
  if (sampling === true && !features.sampling) return "temperature, top_p, top_k"
  if (forcedTools === true && !features.forcedTools) return "tool_choice"
  if (fast === true && !features.fast) return "speed"
  if (maxTokens > features.maxTokens) return "max_tokens"
  if (longContext === true && !features.longContext) return "context-1m"
  return undefined
}
