/** What a request may cost at most, as far as that can be known before it is answered. Pure. */
import type { Pricing } from "../Config/pricingSection.ts"
import { priceAnswer } from "../Pricing/priceAnswer.ts"
import type { AnswerUsage } from "../Usage/AnswerUsage.ts"
import * as Usage from "../Usage/Usage.ts"

/** What is reserved for a request in flight, or was charged for one. */
export interface Amounts {
  readonly usd: number
  /** Tokens that a provider's own limits count: without reads of the prompt cache. */
  readonly tokens: number
}

/** JSON of code and prose has more than three bytes for each token. */
const bytesPerToken = 3

/** Few answers are longer, whatever `max_tokens` allows. */
const mostOutput = 32_000

/** Prices, in USD for a million tokens, of a model whose price is not known: only for budgets. */
const assumedRates = { input: 5, output: 25, cacheRead: 0.5, cacheWrite: 10 } as const
const perMillion = 1e6

/** Who asks for what, and by which prices. */
export interface Asked {
  readonly model: string | undefined
  readonly fast: boolean | undefined
  /** `max_tokens` of the body. */
  readonly maxTokens: number | undefined
  readonly bodyBytes: number
  readonly pricing: Pricing | undefined
  /** Epoch ms. */
  readonly at: number
}

/** A price for usage whose own is not known; never what is shown as its cost. */
export const assumedUsd = (usage: Usage.Usage): number => {
  const { cacheRead, cacheWrite1h, cacheWrite5m, cacheWriteOther, input, output } = usage
  const tokens =
    input * assumedRates.input +
    output * assumedRates.output +
    cacheRead * assumedRates.cacheRead +
    (cacheWrite1h + cacheWrite5m + cacheWriteOther) * assumedRates.cacheWrite
  return tokens / perMillion
}

/** The tokens that count for a limit of tokens. */
export const countedTokens = (usage: Usage.Usage): number =>
  Usage.prompt(usage) - usage.cacheRead + usage.output

/** The reserve: the whole body written to the prompt cache for an hour, and a long answer. */
export const reserveOf = ({ at, bodyBytes, fast, maxTokens, model, pricing }: Asked): Amounts => {
  const prompt = Math.ceil(bodyBytes / bytesPerToken)
  const output = Math.min(maxTokens ?? mostOutput, mostOutput)
  const usage = { ...Usage.zero, cacheWrite1h: prompt, output }
  const answer: AnswerUsage = {
    usage,
    model,
    speed: fast === true ? "fast" : undefined,
    region: undefined,
    tier: undefined,
    webSearches: 0,
    reasoning: undefined,
    iterations: [],
    isComplete: true
  }
  const payer = { profile: "", provider: "anthropic", pricing, at }
  return {
    usd: priceAnswer(answer, model, payer) ?? assumedUsd(usage),
    tokens: prompt + output
  }
}
