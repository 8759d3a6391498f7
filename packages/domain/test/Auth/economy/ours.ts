/** The rule of this program, by its own functions, from what a gateway knows. */
import * as AgentId from "../../../src/Agent/AgentId.ts"
import { ConversationUse } from "../../../src/Auth/economy/ConversationUse.ts"
import { compare, type QuotaMoment, sumsOf } from "../../../src/Auth/economy/compareQuota.ts"
import { fiveHoursMs, type Quota, sevenDaysMs } from "../../../src/Auth/economy/Quota.ts"
import * as ProfileId from "../../../src/Profile/ProfileId.ts"
import type { Rule, Seen } from "./provider.ts"

const limitOf = (used: number, endsAt: number, lengthMs: number, now: number) =>
  now < endsAt ? { used, endsAt } : { used: 0, endsAt: now + lengthMs }

const quotaOf = ({ end5h, end7d, used5h, used7d }: Seen, now: number): Quota => ({
  fiveHours: limitOf(used5h, end5h, fiveHoursMs, now),
  sevenDays: limitOf(used7d, end7d, sevenDaysMs, now),
  key: { used: 0, endsAt: now }
})

const nameOf = (plan: number) => ProfileId.of(`plan ${plan}`)

/** The rule, with the memory of one gateway. */
export const economy = (): Rule => {
  const uses = new ConversationUse()
  return (now, { cached, id, isBackground, model, plan, ttl, usedAt }, seen, open) => {
    const thread = { agent: AgentId.main, conversation: String(id), model }
    const isWarm = plan !== undefined && cached > 0 && now < usedAt + ttl
    const moment: QuotaMoment = {
      isBackground,
      warm: isWarm
        ? { profile: nameOf(plan), tokens: cached, until: usedAt + ttl, moveUsd: undefined }
        : undefined,
      conversations: (profile) => uses.count(profile, now, thread)
    }
    const [best] = open
      .flatMap((index) => {
        const plan = seen[index]
        if (plan === undefined) return []
        const sums = sumsOf(nameOf(index), quotaOf(plan, now), moment, now)
        return [{ index, priority: 0, sums, lastUsedAt: plan.lastUsedAt }]
      })
      .sort(compare)
    if (best === undefined) throw new Error("nobody is open")
    uses.begin(thread, nameOf(best.index), now)
    return best.index
  }
}
