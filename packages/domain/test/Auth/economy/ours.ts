/** The rule of this program, by its own functions, from what a gateway knows. */
import * as AgentId from "../../../src/Agent/AgentId.ts"
import { ConversationUse, longLifeMs } from "../../../src/Auth/economy/ConversationUse.ts"
import { compare, type QuotaMoment, sumsOf } from "../../../src/Auth/economy/compareQuota.ts"
import { PlanSizes } from "../../../src/Auth/economy/PlanSizes.ts"
import { fiveHoursMs, type Quota, sevenDaysMs } from "../../../src/Auth/economy/Quota.ts"
import { backgroundShare, isWorthHolding, maxHoldMs } from "../../../src/Auth/hold.ts"
import { defaults } from "../../../src/Config/defaults.ts"
import type { Window } from "../../../src/Health/Window.ts"
import { pricesOf, ratesAt } from "../../../src/Pricing/priceTable.ts"
import * as ProfileId from "../../../src/Profile/ProfileId.ts"
import type { Known, Rule, Seen } from "./provider.ts"

const limitOf = (used: number, endsAt: number, lengthMs: number, now: number) =>
  now < endsAt ? { used, endsAt } : { used: 0, endsAt: now + lengthMs }

const quotaOf = ({ end5h, end7d, used5h, used7d }: Seen, now: number): Quota => ({
  fiveHours: limitOf(used5h, end5h, fiveHoursMs, now),
  sevenDays: limitOf(used7d, end7d, sevenDaysMs, now),
  key: { used: 0, endsAt: now }
})

const nameOf = (plan: number) => ProfileId.of(`plan ${plan}`)
const holderOf = (plan: number) => ({ owner: AgentId.main, profile: nameOf(plan) })

/** What an answer said of the five hours, as a gateway has it in the health of a credential. */
const windowOf = ({ end5h, used5h }: Seen, now: number): Window => ({
  scope: "5h",
  class: "usage",
  source: "unified-reset",
  until: end5h,
  utilization: used5h,
  observedAt: now
})

/** What it costs to write a conversation's cache anew instead of reading it. */
const moveUsd = ({ cached, model, ttl }: Known, now: number): number | undefined => {
  const prices = pricesOf(model)
  const rates = prices && ratesAt(prices, now)
  if (rates === undefined) return undefined
  const written = ttl >= longLifeMs ? rates.cacheWrite1h : rates.cacheWrite5m
  return (cached * (written - rates.cacheRead)) / 1e6
}

/** Whether a conversation waits for the plan that it is warm on. */
const isHeld = (talk: Known, seen: Seen | undefined, now: number): boolean => {
  const waitMs = (seen?.blockedUntil ?? 0) - now
  if (waitMs <= 0) return false
  return isWorthHolding({
    waitMs,
    ttlLeftMs: talk.usedAt + talk.ttl - now,
    movingUsd: moveUsd(talk, now),
    waitUsdPerHour: defaults["auth.waitUsdPerHour"] * (talk.isBackground ? backgroundShare : 1),
    maxMs: maxHoldMs
  })
}

/** The rule, with the memory of one gateway. */
export const economy = (): Rule => {
  const uses = new ConversationUse()
  const sizes = new PlanSizes()
  const choose = (
    now: number,
    talk: Known,
    seen: ReadonlyArray<Seen>,
    open: ReadonlyArray<number>
  ): number | undefined => {
    const { cached, id, isBackground, model, plan, ttl, usedAt } = talk
    const thread = { agent: AgentId.main, conversation: String(id), model }
    const isWarm = plan !== undefined && cached > 0 && now < usedAt + ttl
    if (isWarm && isHeld(talk, seen[plan], now)) return undefined
    const moment: QuotaMoment = {
      isBackground,
      warm: isWarm
        ? { profile: nameOf(plan), tokens: cached, until: usedAt + ttl, moveUsd: undefined }
        : undefined,
      conversations: (profile) => uses.count(profile, now, thread),
      sizeUsd: (holder) => sizes.find(holder),
      otherSizeUsd: sizes.median
    }
    const [best] = open
      .flatMap((index) => {
        const plan = seen[index]
        if (plan === undefined) return []
        const sums = sumsOf(holderOf(index), quotaOf(plan, now), moment, now)
        return [{ index, priority: 0, sums, lastUsedAt: plan.lastUsedAt }]
      })
      .sort(compare)
    if (best === undefined) throw new Error("nobody is open")
    uses.begin(thread, nameOf(best.index), now)
    return best.index
  }
  const hear = (now: number, plan: number, usd: number, seen: Seen): void => {
    sizes.spend(holderOf(plan), usd)
    sizes.read(holderOf(plan), [windowOf(seen, now)], now)
  }
  return Object.assign(choose, { hear })
}
