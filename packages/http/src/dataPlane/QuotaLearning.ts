/**
 * What the end of an answer teaches for a choice by quota (decision D57): what its conversation has
 * in the prompt cache, and how much its plan holds.
 */
import { Affinity } from "@clawdbot/domain/Auth/Affinity"
import type { Thread } from "@clawdbot/domain/Auth/economy/ConversationUse"
import { HealthStore } from "@clawdbot/domain/Health/HealthStore"
import { priceAnswer } from "@clawdbot/domain/Pricing/priceAnswer"
import type { AnswerUsage } from "@clawdbot/domain/Usage/AnswerUsage"
import * as Cost from "@clawdbot/domain/Usage/Cost"
import * as Effect from "effect/Effect"
import type { Account } from "./RelayRequest.ts"
import type { Used } from "./ServedRequest.ts"

/** One answer. */
export interface Ended {
  readonly account: Account
  readonly answer: AnswerUsage
  /** What it cost by the config. */
  readonly cost: Used["cost"]
  /** Whether the config has prices of its own: sizes are by list price. */
  readonly hasOwnPrices: boolean
  /** The model that was asked for. */
  readonly model: string | undefined
  /** Undefined where the client names no conversation. */
  readonly thread: Thread | undefined
  /** Epoch ms. */
  readonly at: number
}

/** Over what is remembered, and the health of the credentials. */
export const make = Effect.gen(function* () {
  const { sizes, uses } = yield* Affinity
  const healths = yield* HealthStore

  const listUsd = ({ account, answer, at, cost, hasOwnPrices, model }: Ended) => {
    if (!hasOwnPrices) return cost?.list
    const { profile, provider } = account
    return priceAnswer(answer, model, { profile, provider, pricing: undefined, at })
  }

  return (ended: Ended): void => {
    const { account, answer, at, thread } = ended
    if (thread !== undefined) uses.learn(thread, account.profile, answer.usage)
    if (Cost.isBilled(account.kind)) return
    const health = healths.current(account.owner)?.profiles.get(account.profile)
    // First what was known before this answer's cost: its headers do not count it yet.
    if (health !== undefined) sizes.read(account, health.windows, at)
    const usd = listUsd(ended)
    if (usd !== undefined) sizes.spend(account, usd)
  }
})
