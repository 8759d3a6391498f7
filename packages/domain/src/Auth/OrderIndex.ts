/**
 * The order in which the members of a roster may answer: ready ones first, by the explicit order,
 * the conversation, or kind and longest unused; then those whose cooldown may be tested; then those
 * that have to wait. {@link OrderIndex.first} finds the first by it, {@link OrderIndex.rank} sorts
 * by it. A request among ten thousand credentials compares numbers, and makes an object of the one
 * that is chosen.
 */
import { type ProfileHealth, unknown } from "../Health/HealthDocument.ts"
import { obstacles } from "../Health/HealthPolicy.ts"
import * as Trial from "../Health/Trial.ts"
import type { Window } from "../Health/Window.ts"
import type { ProfileId } from "../Profile/ProfileId.ts"
import { hashOf, weightOf } from "./ConversationHome.ts"
import { ByQuota } from "./economy/ByQuota.ts"
import { cooling, ended, HealthView, halfOpen, ready, type State } from "./HealthView.ts"
import { at, type Limits } from "./memberLimits.ts"
import * as Order from "./Order.ts"
import type { Member, Roster } from "./Roster.ts"

const stateNames = { [ready]: "ready", [halfOpen]: "half-open", [cooling]: "cooling" } as const

const noWindows: ReadonlyArray<Window> = []
const nobody: ReadonlySet<string> = new Set()

/** A roster in its order, by what is known of its members' health. */
export class OrderIndex extends HealthView {
  /** Of the names of all members, where a conversation asked for them. */
  private hashes: ReadonlyArray<number> | undefined

  /** Smaller for what goes first among those of one state. */
  private rankAt(position: number, state: State, limits: Limits, named: Named): number {
    if (state !== ready) return at(limits.availableAt, position)
    if (position === named.preferred) return -2
    if (position === named.affinity) return -1
    if (position === named.home) return -0.5
    return named.byQuota?.rankOf(position) ?? at(this.keys, position)
  }

  private namedIn({ affinity, now, preferred, quota, target }: Order.Moment): Named {
    const byQuota =
      quota === undefined || this.roster.explicit
        ? undefined
        : new ByQuota(this, target, quota, now)
    return {
      preferred: this.positionOf(preferred),
      affinity: this.roster.explicit || byQuota ? -1 : this.positionOf(affinity),
      byQuota,
      home: -1
    }
  }

  /**
   * Where a conversation begins among those that are ready, of the best kind and not passed over;
   * -1 where that is not asked for.
   */
  private homeOf(
    { conversation }: Order.Moment,
    limits: Limits,
    isLeft: (position: number) => boolean = () => true
  ): number {
    if (conversation === undefined || this.roster.explicit) return -1
    const hash = hashOf(conversation)
    let home = -1
    let best = Number.POSITIVE_INFINITY
    let most = -1
    for (let position = 0; position < this.keys.length; position++) {
      const rank = Order.rankOf(at(this.keys, position))
      if (rank > best || this.roster.members[position]?.ambient !== false) continue
      if (this.stateAt(position, limits) !== ready || !isLeft(position)) continue
      const weight = weightOf(hash, this.hashAt(position))
      if (rank === best && weight <= most) continue
      home = position
      best = rank
      most = weight
    }
    return home
  }

  private hashAt(position: number): number {
    this.hashes ??= this.roster.members.map(({ profile }) => hashOf(profile))
    return this.hashes[position] ?? 0
  }

  /** The first by quota among those that are ready and not passed over; undefined without quota. */
  private chosenByQuota(
    limits: Limits,
    { byQuota }: Named,
    isLeft: (position: number) => boolean
  ): number | undefined {
    return byQuota?.first(
      (position) => this.stateAt(position, limits) === ready && isLeft(position)
    )
  }

  /**
   * The first member that may answer a request that came so far, or undefined when there is none:
   * one that is ready, or whose cooldown may be tested.
   */
  first(moment: Order.Moment, { tried, trials }: Order.Progress): Order.Candidate | undefined {
    const limits = this.limitsFor(moment)
    const named = this.namedIn(moment)
    const isUntried = (position: number): boolean => {
      const profile = this.roster.members[position]?.profile
      return profile !== undefined && !tried.has(profile)
    }
    for (const position of [named.preferred, named.affinity]) {
      if (position >= 0 && this.stateAt(position, limits) === ready && isUntried(position))
        return this.candidateAt(position, limits, named)
    }
    const home = this.homeOf(moment, limits, isUntried)
    if (home >= 0) return this.candidateAt(home, limits, { ...named, home })
    const { ends, keys } = this
    const chosen = this.chosenByQuota(limits, named, isUntried)
    if (chosen !== undefined) return this.candidateAt(chosen, limits, named)
    const { availableAt, now, staleAt, until } = limits
    let best = -1
    let bestRank = Number.POSITIVE_INFINITY
    /** No member in a worse state may be, or can still be, the first. */
    let worst: State = trials ? halfOpen : ready
    for (let position = 0; position < keys.length; position++) {
      let state: State = ready
      let rank = at(keys, position)
      if (worst === ready && rank >= bestRank) continue
      if (at(ends, position) <= now) continue
      if (at(staleAt, position) <= now) this.measure(position, limits)
      if (at(until, position) > now) {
        rank = at(availableAt, position)
        state = rank <= now ? halfOpen : cooling
      }
      if (state > worst) continue
      const isBefore =
        state < worst ||
        rank < bestRank ||
        (rank === bestRank && at(until, position) < at(until, best))
      if (!isBefore || !isUntried(position)) continue
      best = position
      bestRank = rank
      worst = state
    }
    if (best < 0) return undefined
    return this.candidateAt(best, limits, named)
  }

  /** One member as things stand, or undefined where it has ended. */
  find(profile: ProfileId, moment: Order.Moment): Order.Candidate | undefined {
    const position = this.positionOf(profile)
    if (position < 0) return undefined
    const limits = this.limitsFor(moment)
    if (this.stateAt(position, limits) === ended) return undefined
    return this.candidateAt(position, limits, this.namedIn(moment))
  }

  /** Whether anybody else than these could answer, now or later. */
  hasOthers(tried: ReadonlySet<ProfileId>, now: number): boolean {
    return this.roster.members.some(
      ({ profile }, position) => at(this.ends, position) > now && !tried.has(profile)
    )
  }

  /** Whether each member could answer at once. */
  areAllReady(moment: Order.Moment): boolean {
    const limits = this.limitsFor(moment)
    for (let position = 0; position < this.keys.length; position++)
      if (this.stateAt(position, limits) !== ready) return false
    return true
  }

  /** All members in their order. */
  rank(moment: Order.Moment): Order.Ranking {
    const limits = this.limitsFor(moment)
    const named = { ...this.namedIn(moment), home: this.homeOf(moment, limits) }
    named.byQuota?.sort((position) => this.stateAt(position, limits) === ready)
    const placed: Array<Placed> = []
    const rejected = [...this.roster.rejected]
    this.roster.members.forEach((member, position) => {
      const state = this.stateAt(position, limits)
      const health = this.healthAt(position)
      if (state === ended && health !== undefined) rejected.push(Order.rejection(member, health))
      if (state === ended) return
      const rank = this.rankAt(position, state, limits, named)
      placed.push({ position, state, rank, until: at(limits.until, position) })
    })
    placed.sort((a, b) => a.state - b.state || a.rank - b.rank || a.until - b.until)
    const candidates = placed.flatMap(
      ({ position }) => this.candidateAt(position, limits, named) ?? []
    )
    return { candidates, rejected }
  }

  /**
   * Why no candidate but these is ready, as of this moment, also where it is looked at later: what
   * is known of each credential is replaced as it changes, never altered.
   */
  evidence(moment: Order.Moment, except: ReadonlySet<string> = nobody): Order.Evidence {
    const { roster } = this
    const healths = this.capture()
    const isLeft = ({ profile }: { readonly profile: ProfileId }): boolean => !except.has(profile)
    return {
      retryAt: this.retryAt(moment, except),
      ranking: () => {
        const { candidates, rejected } = rank(
          roster,
          (member, position) => healths[position] ?? unknown(member.secretFingerprint),
          moment
        )
        return { candidates: candidates.filter(isLeft), rejected: rejected.filter(isLeft) }
      }
    }
  }

  private retryAt(moment: Order.Moment, except: ReadonlySet<string>): number | undefined {
    const limits = this.limitsFor(moment)
    let soonest: number | undefined
    for (let position = 0; position < this.keys.length; position++) {
      if (this.stateAt(position, limits) === ended) continue
      if (except.size > 0 && except.has(this.roster.members[position]?.profile ?? "")) continue
      const inFlight = Math.min(at(limits.inFlight, position), moment.now + Trial.spacingMs)
      const retryAt = Math.max(at(limits.idle, position), inFlight)
      soonest = soonest === undefined ? retryAt : Math.min(soonest, retryAt)
    }
    return soonest
  }

  private candidateAt(position: number, limits: Limits, named: Named): Order.Candidate | undefined {
    const member = this.roster.members[position]
    const health = this.healthAt(position)
    const state = this.stateAt(position, limits)
    if (member === undefined || health === undefined || state === ended) return undefined
    const isReady = state === ready
    return {
      profile: member.profile,
      owner: member.owner,
      credential: member.credential,
      secretFingerprint: member.secretFingerprint,
      ambient: member.ambient,
      usageStats: member.usageStats,
      copy: member.copy,
      place: isReady ? placeOf(member, position, named) : member.place,
      expiresAt: member.expiresAt,
      state: stateNames[state],
      obstacles: isReady ? noWindows : obstacles(health, limits.target, limits.now),
      usableAt: at(limits.until, position),
      availableAt: at(limits.availableAt, position),
      lastUsedAt: health.lastUsedAt ?? 0,
      quota: isReady ? named.byQuota?.sumsOf(position) : undefined
    }
  }
}

/** The positions of members that a request names; -1 where there is none. */
interface Named {
  readonly preferred: number
  readonly affinity: number
  readonly home: number
  /** Where the choice goes by quota. */
  readonly byQuota: ByQuota | undefined
}

interface Placed {
  readonly position: number
  readonly state: State
  readonly rank: number
  readonly until: number
}

const placeOf = (member: Member, position: number, named: Named): Order.Candidate["place"] => {
  if (position === named.preferred) return "preferred"
  if (position === named.affinity) return "same conversation"
  if (position === named.home) return "conversation's home"
  const { byQuota } = named
  if (byQuota === undefined || member.ambient) return member.place
  return byQuota.sumsOf(position)?.cache === undefined ? "by quota" : "same conversation"
}

/** The order of a roster's members at a moment. `healthOf` gives what is known about each. */
export const rank = (
  roster: Roster,
  healthOf: (member: Member, position: number) => ProfileHealth,
  moment: Order.Moment
): Order.Ranking => new OrderIndex(roster, healthOf).rank(moment)
