/** What a choice by quota needs to know of the request that asks (decision D57). Pure. */
import { plainModelId } from "../../Health/modelGroups.ts"
import { pricesOf, ratesAt } from "../../Pricing/priceTable.ts"
import type { AuthRequest } from "../AuthRequest.ts"
import { type ConversationCache, type ConversationUse, longLifeMs } from "./ConversationUse.ts"
import type { QuotaMoment, WarmCache } from "./compareQuota.ts"
import type { PlanSizes } from "./PlanSizes.ts"

const perMillion = 1e6

/**
 * What it costs once, in USD by list price, that another credential has to write what this one
 * could read; undefined where a price or the tokens are not known.
 */
export const moveUsd = (
  { lifeMs, tokens }: Pick<ConversationCache, "lifeMs" | "tokens">,
  model: string | undefined,
  now: number
): number | undefined => {
  if (model === undefined || tokens === undefined) return undefined
  const prices = pricesOf(plainModelId(model))
  const rates = prices && ratesAt(prices, now)
  if (rates === undefined) return undefined
  const write = lifeMs >= longLifeMs ? rates.cacheWrite1h : rates.cacheWrite5m
  return (tokens * (write - rates.cacheRead)) / perMillion
}

/** The cache of a conversation where it can still be read at `now` (epoch ms). */
const warmCache = (
  found: ConversationCache | undefined,
  model: string | undefined,
  now: number
): WarmCache | undefined => {
  if (found === undefined || found.tokens === 0) return undefined
  const { lifeMs, profile, tokens, usedAt } = found
  const until = usedAt + lifeMs
  if (now >= until) return undefined
  return { profile, tokens, until, moveUsd: moveUsd(found, model, now) }
}

/** What is remembered for a choice by quota. */
export interface QuotaMemory {
  readonly uses: ConversationUse
  readonly sizes: PlanSizes
}

/** By what is remembered of conversations and plans. */
export const quotaMoment = (
  { agent, background, conversation, model }: AuthRequest,
  { sizes, uses }: QuotaMemory,
  now: number
): QuotaMoment => {
  const thread = conversation === undefined ? undefined : { agent, conversation, model }
  return {
    isBackground: background === true,
    warm: thread && warmCache(uses.find(thread), model, now),
    conversations: (profile) => uses.count(profile, now, thread),
    sizeUsd: (holder) => sizes.find(holder),
    otherSizeUsd: sizes.median
  }
}
