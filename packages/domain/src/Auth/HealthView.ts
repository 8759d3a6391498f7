/**
 * What is known of the health of a roster's members, followed over time: whether each is ready at a
 * moment, and if not, when. What holds until somebody's health changes is kept in flat arrays, one
 * number a member, and follows a health document by the changes it names. Pure but for that.
 */

import type { AgentId } from "../Agent/AgentId.ts"
import { ifDefined } from "../Document/defined.ts"
import type { HealthDocument, ProfileHealth } from "../Health/HealthDocument.ts"
import type { ProfileId } from "../Profile/ProfileId.ts"
import { at, type Limits, makeLimits, measure, outdated } from "./memberLimits.ts"
import * as Order from "./Order.ts"
import type { Member, Roster } from "./Roster.ts"

/** How many targets a view keeps limits for. */
const maxTargets = 16

/** The states of a member, the best first. */
export const ready = 0
export const halfOpen = 1
export const cooling = 2
/** It cannot answer, however long one waits. */
export const ended = 3
export type State = typeof ready | typeof halfOpen | typeof cooling | typeof ended

/** The health of a roster's members. */
export class HealthView {
  readonly roster: Roster
  /** Epoch ms from which on each member cannot answer. */
  readonly ends: Float64Array
  /** Smaller for those that go first while they are ready. */
  readonly keys: Float64Array
  private readonly healthOf: (member: Member, position: number) => ProfileHealth
  private readonly positions = new Map<ProfileId, number>()
  private healths: Array<ProfileHealth> = []
  /** Whether somebody keeps `healths` as they are: the next change makes a copy. */
  private isShared = false
  /** For each target that was asked for, by its key. */
  private readonly limits = new Map<string, Limits>()
  private readonly seen = new Map<AgentId, number>()

  /** `healthOf` gives what is known about a member now. */
  constructor(roster: Roster, healthOf: (member: Member, position: number) => ProfileHealth) {
    this.roster = roster
    this.healthOf = healthOf
    this.ends = new Float64Array(roster.members.length)
    this.keys = new Float64Array(roster.members.length)
    roster.members.forEach((member, position) => {
      this.positions.set(member.profile, position)
      this.update(position, member)
    })
  }

  /** Where a profile is in the roster; -1 where it is not. */
  positionOf(profile: ProfileId | undefined): number {
    if (profile === undefined) return -1
    return this.positions.get(profile) ?? -1
  }

  /** What is known of a member. */
  healthAt(position: number): ProfileHealth | undefined {
    return this.healths[position]
  }

  /** What is known of all of them, as it is now for good. */
  capture(): ReadonlyArray<ProfileHealth> {
    this.isShared = true
    return this.healths
  }

  private update(position: number, member: Member): void {
    const health = this.healthOf(member, position)
    if (this.healths[position] === health) return
    if (this.isShared) this.healths = this.healths.slice()
    this.isShared = false
    this.healths[position] = health
    this.ends[position] = Order.endOf(member, health)
    this.keys[position] = Order.keyOf(this.roster, member, position, health)
    for (const { staleAt } of this.limits.values()) staleAt[position] = outdated
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
    this.roster.members.forEach((member, position) => {
      if (member.owner === owner) this.update(position, member)
    })
  }

  private refresh(owner: AgentId, profile: ProfileId): void {
    const position = this.positions.get(profile)
    const member = ifDefined(position, (position) => this.roster.members[position])
    if (position !== undefined && member?.owner === owner) this.update(position, member)
  }

  /** The limits of what is asked for, at a moment. */
  limitsFor({ now, target }: Order.Moment): Limits {
    const known = this.limits.get(target.key)
    if (known !== undefined) {
      if (now < known.now) known.staleAt.fill(outdated)
      known.now = now
      return known
    }
    // Models are named by clients: an index must not grow with every name.
    if (this.limits.size >= maxTargets) this.limits.clear()
    const limits = makeLimits(target, this.roster.members.length)
    limits.now = now
    this.limits.set(target.key, limits)
    return limits
  }

  /** Works the limits of a member out anew. */
  measure(position: number, limits: Limits): void {
    const health = this.healths[position]
    if (health !== undefined) measure(limits, position, health, limits.now)
  }

  /** The state of a member at the moment of the limits. */
  stateAt(position: number, limits: Limits): State {
    const { now } = limits
    if (at(this.ends, position) <= now) return ended
    if (at(limits.staleAt, position) <= now) this.measure(position, limits)
    if (at(limits.until, position) <= now) return ready
    if (at(limits.availableAt, position) <= now) return halfOpen
    return cooling
  }
}
