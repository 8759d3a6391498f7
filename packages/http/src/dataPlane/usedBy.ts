/** What an answer used, what it cost, and what its client's budget is charged for it. Pure. */
import type { Reservation } from "@clawdbot/domain/Budget/BudgetAccount"
import { type Amounts, assumedUsd, countedTokens } from "@clawdbot/domain/Budget/reserveOf"
import type { Config } from "@clawdbot/domain/Config/Config"
import { priceAnswer } from "@clawdbot/domain/Pricing/priceAnswer"
import type { AnswerUsage } from "@clawdbot/domain/Usage/AnswerUsage"
import * as Cost from "@clawdbot/domain/Usage/Cost"
import type { Account } from "./RelayRequest.ts"
import type { Used } from "./ServedRequest.ts"

/**
 * What a budget is charged for an answer whose price is not known: never nothing. Undefined where
 * it is known, or nobody is billed.
 */
export const assumed = (
  kind: Account["kind"],
  used: Used,
  reserved: Reservation | undefined
): number | undefined => {
  if (reserved === undefined || used.cost !== undefined || !Cost.isBilled(kind)) return undefined
  if (used.usage === undefined) return reserved.amounts.usd
  return assumedUsd(used.usage)
}

/** What the attempts of a request are charged to its client's budget. */
export const charged = (used: ReadonlyArray<Used>, { amounts }: Reservation): Amounts => {
  let [usd, tokens] = [0, 0]
  for (const one of used) {
    usd += (one.cost?.billed ?? 0) + (one.assumed ?? 0)
    tokens += one.usage === undefined ? amounts.tokens : countedTokens(one.usage)
  }
  return { usd, tokens }
}

/** What an answer used, and its price at the moment `at`, in epoch ms. */
export const usedBy = (
  { kind, profile, provider }: Account,
  answer: AnswerUsage | undefined,
  asked: string | undefined,
  { pricing }: Config,
  at: number
): Used => {
  if (answer === undefined) return { profile, usage: undefined, cost: undefined }
  const usd = priceAnswer(answer, asked, { profile, provider, pricing, at })
  const { reasoning, usage } = answer
  return { profile, usage, reasoning, cost: Cost.of(usd, Cost.isBilled(kind)) }
}
