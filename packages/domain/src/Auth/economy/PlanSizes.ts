/**
 * How much the five hours of each plan hold, as one process has learned it (decision D57). In
 * memory, bounded. An answer adds what it cost to a number, and compares what it says of its plan
 * with what the running piece began with; the sums are made where a piece ends.
 */
import type { AgentId } from "../../Agent/AgentId.ts"
import type { Window } from "../../Health/Window.ts"
import type { ProfileId } from "../../Profile/ProfileId.ts"
import type { Holder } from "./compareQuota.ts"
import { type PlanSize, unread, usdOf, withReading } from "./PlanSize.ts"

/** So many plans are followed; those that come later are not. */
export const maxPlans = 10_000

interface Plan {
  /** All that was spent with it, in USD by list price. */
  usd: number
  size: PlanSize
  sizeUsd: number | undefined
}

const isFiveHours = ({ class: kind, scope, source }: Window): boolean =>
  kind === "usage" && scope === "5h" && source === "unified-reset"

/** The middle of some numbers; undefined where there are none. */
const medianOf = (values: ReadonlyArray<number>): number | undefined => {
  const sorted = [...values].sort((a, b) => a - b)
  const low = sorted[Math.floor((sorted.length - 1) / 2)]
  const high = sorted[Math.floor(sorted.length / 2)]
  return low === undefined || high === undefined ? undefined : (low + high) / 2
}

/** The memory. USD are by list price. */
export class PlanSizes {
  private readonly agents = new Map<AgentId, Map<ProfileId, Plan>>()
  private count = 0
  private middle: number | undefined

  /** How many plans are followed. */
  get size(): number {
    return this.count
  }

  private planOf({ owner, profile }: Holder): Plan | undefined {
    let plans = this.agents.get(owner)
    if (plans === undefined) {
      plans = new Map()
      this.agents.set(owner, plans)
    }
    const known = plans.get(profile)
    if (known !== undefined || this.count >= maxPlans) return known
    const plan: Plan = { usd: 0, size: unread, sizeUsd: undefined }
    plans.set(profile, plan)
    this.count += 1
    return plan
  }

  /** An answer of a plan cost so much. */
  spend(holder: Holder, usd: number): void {
    const plan = this.planOf(holder)
    if (plan !== undefined) plan.usd += usd
  }

  /** Takes how far a plan is used, of the windows that are known of it at `now` (epoch ms). */
  read(holder: Holder, windows: ReadonlyArray<Window>, now: number): void {
    const window = windows.find(isFiveHours)
    if (window?.utilization === undefined || window.until <= now) return
    const plan = this.planOf(holder)
    if (plan === undefined) return
    const limit = { used: window.utilization, endsAt: window.until }
    const { pieces } = plan.size
    plan.size = withReading(plan.size, limit, plan.usd, now)
    if (plan.size.pieces === pieces) return
    plan.sizeUsd = usdOf(plan.size, now)
    this.middle = medianOf(this.known())
  }

  private known(): ReadonlyArray<number> {
    return [...this.agents.values()].flatMap((plans) =>
      [...plans.values()].flatMap(({ sizeUsd }) => sizeUsd ?? [])
    )
  }

  /** What the five hours of a plan hold, in USD; undefined where it is not known yet. */
  find({ owner, profile }: Holder): number | undefined {
    return this.agents.get(owner)?.get(profile)?.sizeUsd
  }

  /** The same of the plan in the middle of those of which it is known. */
  get median(): number | undefined {
    return this.middle
  }
}
