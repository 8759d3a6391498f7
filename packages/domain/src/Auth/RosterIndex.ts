/**
 * The first usable member of a roster, found without ranking all of them: what nearly every request
 * needs. Says the same as `Order.rank` (a property test holds the two together), in microseconds
 * for ten thousand profiles. Keeps the facts that move in flat arrays and follows a health document
 * by the changes it names.
 */
import type { AgentId } from "../Agent/AgentId.ts"
import type { HealthDocument, ProfileHealth } from "../Health/HealthDocument.ts"
import type { RequestTarget } from "../Health/RequestTarget.ts"
import { covers } from "../Health/Scope.ts"
import type { ProfileId } from "../Profile/ProfileId.ts"
import { type Candidate, candidate, kindRank, type Moment } from "./Order.ts"
import type { Member, Roster } from "./Roster.ts"

/** Larger than any epoch in ms, so that a kind outweighs every time. */
const kindStep = 1e14

/** How many targets an index keeps arrays for. */
const maxTargets = 16

/** When nothing stands in a target's way any more; 0 when nothing does. */
const blockedUntil = (health: ProfileHealth, target: RequestTarget): number => {
  let latest = 0
  for (const window of health.windows) {
    if (window.class !== "usage" && window.until > latest && covers(window.scope, target))
      latest = window.until
  }
  return latest
}

interface Blocked {
  readonly target: RequestTarget
  readonly until: Float64Array
}

/** One roster, followed over time. */
export class RosterIndex {
  readonly roster: Roster
  private readonly healthOf: (member: Member) => ProfileHealth
  private readonly positions = new Map<ProfileId, number>()
  /** Sort key of each member: the smallest usable one goes first. */
  private readonly keys: Float64Array
  private readonly ends: Float64Array
  /** For each target that was asked for, by its key, when each member is free of its limits. */
  private readonly blocked = new Map<string, Blocked>()
  private readonly seen = new Map<AgentId, number>()

  constructor(roster: Roster, healthOf: (member: Member) => ProfileHealth) {
    this.roster = roster
    this.healthOf = healthOf
    this.keys = new Float64Array(roster.members.length)
    this.ends = new Float64Array(roster.members.length)
    roster.members.forEach((member, index) => {
      this.positions.set(member.profile, index)
      this.update(index, member)
    })
  }

  private update(index: number, member: Member): void {
    const health = this.healthOf(member)
    // Explicit orders and ambient keys keep their place; the others go by kind, then by the longest
    // rest.
    this.keys[index] = member.ambient
      ? 10 * kindStep + index
      : this.roster.explicit
        ? index
        : kindRank[member.credential.type] * kindStep + (health.lastUsedAt ?? 0)
    this.ends[index] = health.needsLogin === undefined ? member.expiresAt : 0
    this.blocked.forEach(({ target, until }) => {
      until[index] = blockedUntil(health, target)
    })
  }

  /** Follows a health document; cheap when it names its changes. */
  follow(owner: AgentId, document: HealthDocument): void {
    const before = this.seen.get(owner)
    if (before === document.version) return
    this.seen.set(owner, document.version)
    const changes = before === undefined ? Number.POSITIVE_INFINITY : document.version - before
    if (changes > 0 && changes <= document.recent.length) {
      for (const profile of document.recent.slice(-changes)) this.refresh(owner, profile)
      return
    }
    this.roster.members.forEach((member, index) => {
      if (member.owner === owner) this.update(index, member)
    })
  }

  private refresh(owner: AgentId, profile: ProfileId): void {
    const index = this.positions.get(profile)
    const member = index === undefined ? undefined : this.roster.members[index]
    if (index !== undefined && member?.owner === owner) this.update(index, member)
  }

  private blockedFor(target: RequestTarget): Float64Array {
    const known = this.blocked.get(target.key)
    if (known !== undefined) return known.until
    // Models are named by clients: an index must not grow with every name.
    if (this.blocked.size >= maxTargets) this.blocked.clear()
    const until = Float64Array.from(this.roster.members, (member) =>
      blockedUntil(this.healthOf(member), target)
    )
    this.blocked.set(target.key, { target, until })
    return until
  }

  /** The first usable member at a moment, or undefined when none is. */
  first(moment: Moment): Candidate | undefined {
    const { ends, keys } = this
    const { now } = moment
    const blocked = this.blockedFor(moment.target)
    const isUsable = (index: number | undefined): index is number =>
      index !== undefined && (blocked[index] ?? 0) <= now && now < (ends[index] ?? 0)
    const named = (id: ProfileId | undefined, place: Candidate["place"]): Candidate | undefined => {
      const index = id === undefined ? undefined : this.positions.get(id)
      return isUsable(index) ? this.candidateAt(index, moment, place) : undefined
    }
    const promoted =
      named(moment.preferred, "preferred") ??
      (this.roster.explicit ? undefined : named(moment.affinity, "same conversation"))
    if (promoted !== undefined) return promoted
    let best = -1
    let bestKey = Number.POSITIVE_INFINITY
    for (let index = 0; index < keys.length; index++) {
      const key = keys[index] ?? Number.POSITIVE_INFINITY
      if (key < bestKey && (blocked[index] ?? 0) <= now && now < (ends[index] ?? 0)) {
        best = index
        bestKey = key
      }
    }
    return best < 0 ? undefined : this.candidateAt(best, moment, undefined)
  }

  private candidateAt(
    index: number,
    moment: Moment,
    place: Candidate["place"] | undefined
  ): Candidate | undefined {
    const member = this.roster.members[index]
    if (member === undefined) return undefined
    const found = candidate(member, this.healthOf(member), moment)
    return place === undefined ? found : { ...found, place }
  }
}
