/** A roster's ready members by what is left of their limits (decision D57). */
import type { RequestTarget } from "../../Health/RequestTarget.ts"
import type { HealthView } from "../HealthView.ts"
import type { Member } from "../Roster.ts"
import { type Compared, compare, type QuotaMoment, sumsOf } from "./compareQuota.ts"
import { quotaOf } from "./Quota.ts"
import type { QuotaSums } from "./QuotaSums.ts"

/** Plans before stored keys before what the environment or the config has, in its own order. */
const priorityOf = ({ ambient, credential }: Member, position: number): number => {
  if (ambient) return 2 + position
  return credential.type === "api_key" ? 1 : 0
}

/** The members of a view for one request, at one moment. */
export class ByQuota {
  private readonly view: HealthView
  private readonly target: RequestTarget
  private readonly moment: QuotaMoment
  /** Epoch ms. */
  private readonly now: number
  private ranks: ReadonlyMap<number, number> = new Map()
  private chosen: { readonly position: number; readonly sums: QuotaSums } | undefined

  constructor(view: HealthView, target: RequestTarget, moment: QuotaMoment, now: number) {
    this.view = view
    this.target = target
    this.moment = moment
    this.now = now
  }

  private comparedAt(position: number): Compared | undefined {
    const member = this.view.roster.members[position]
    const health = this.view.healthAt(position)
    if (member === undefined || health === undefined) return undefined
    const quota = quotaOf(health.windows, this.target, this.now)
    return {
      priority: priorityOf(member, position),
      sums: sumsOf(member, quota, this.moment, this.now),
      lastUsedAt: health.lastUsedAt ?? 0
    }
  }

  /** The sums of a member. */
  sumsOf(position: number): QuotaSums | undefined {
    if (this.chosen?.position === position) return this.chosen.sums
    return this.comparedAt(position)?.sums
  }

  /** The first of the members that may be chosen; undefined where there is none. */
  first(mayBe: (position: number) => boolean): number | undefined {
    let best: number | undefined
    let bestCompared: Compared | undefined
    for (let position = 0; position < this.view.roster.members.length; position++) {
      if (!mayBe(position)) continue
      const compared = this.comparedAt(position)
      if (compared === undefined) continue
      if (bestCompared !== undefined && compare(compared, bestCompared) >= 0) continue
      best = position
      bestCompared = compared
    }
    if (best === undefined || bestCompared === undefined) return undefined
    this.chosen = { position: best, sums: bestCompared.sums }
    return best
  }

  /** Puts the members that are ready in their order, for {@link rankOf}. */
  sort(isReady: (position: number) => boolean): void {
    const found = this.view.roster.members.flatMap((_, position) => {
      const compared = isReady(position) ? this.comparedAt(position) : undefined
      return compared === undefined ? [] : [{ position, compared }]
    })
    found.sort((a, b) => compare(a.compared, b.compared))
    this.ranks = new Map(found.map(({ position }, rank) => [position, rank]))
  }

  /** The place of a member that was ready when they were sorted. */
  rankOf(position: number): number | undefined {
    return this.ranks.get(position)
  }
}
