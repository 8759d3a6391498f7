/** The health of one agent as a gateway knows it, and what of it the database does not have yet. */
import { isDeepStrictEqual } from "node:util"
import type { AgentId } from "@clawdbot/domain/Agent/AgentId"
import * as ClockJump from "@clawdbot/domain/Health/clockJump"
import { restarted } from "@clawdbot/domain/Health/decideTrial"
import * as HealthDocument from "@clawdbot/domain/Health/HealthDocument"
import type { HealthEvent } from "@clawdbot/domain/Health/HealthEvent"
import * as LiveHealth from "@clawdbot/domain/Health/liveHealth"
import { merge } from "@clawdbot/domain/Health/mergeHealth"
import type { ProfileId } from "@clawdbot/domain/Profile/ProfileId"
import * as HealthTable from "./HealthTable.ts"

/** What is known of an agent's credentials. */
export class AgentHealth implements LiveHealth.LiveHealth {
  readonly agent: AgentId
  document = HealthDocument.empty
  mutable: LiveHealth.LiveHealth["mutable"] = undefined
  /** The rows as they were last read or written, by their versions. */
  private readonly versions = new Map<ProfileId, number>()
  /** What the database does not have. */
  private readonly unwritten = new Set<ProfileId>()
  /** Whether it was read whole since it is known. */
  isLoaded = false
  /** Whether the others have to know of it at once. */
  isUrgent = false

  constructor(agent: AgentId) {
    this.agent = agent
  }

  /** How many profiles the database does not have as they are. */
  get behindBy(): number {
    return this.unwritten.size
  }

  get isBehind(): boolean {
    return this.behindBy > 0
  }

  /** An event is in force at once. */
  record(profile: ProfileId, secretFingerprint: string, event: HealthEvent): void {
    if (LiveHealth.record(this, profile, secretFingerprint, event)) this.isUrgent = true
    if (HealthTable.isStorable({ agent: this.agent, profile })) this.unwritten.add(profile)
  }

  /**
   * Takes over what others wrote; whether anything of it was unknown. What they do not know is
   * written again: of two secrets of one profile one counts, and what others knew of it may have
   * been given up for the other one meanwhile. `now` is epoch ms.
   */
  take(rows: ReadonlyArray<HealthTable.StoredHealth>, now: number): boolean {
    const profiles = new Map<ProfileId, HealthDocument.ProfileHealth>()
    for (const { health, profile, version } of rows) {
      if (this.versions.get(profile) === version) continue
      this.versions.set(profile, version)
      if (health !== undefined) profiles.set(profile, health)
    }
    if (profiles.size === 0) return false
    const theirs = ClockJump.forgetFuture({ ...HealthDocument.empty, profiles }, now)
    this.document = merge(this.document, theirs)
    for (const [profile, health] of theirs.profiles) this.writeUnless(profile, health)
    return true
  }

  /**
   * Takes over all there is; what the database lacks, because it was away or went back in time, is
   * to be written again.
   */
  takeAll(rows: ReadonlyArray<HealthTable.StoredHealth>, now: number): void {
    const stored = new Map(rows.map((row) => [row.profile, row]))
    for (const profile of [...this.versions.keys()])
      if (!stored.has(profile)) this.versions.delete(profile)
    for (const { profile } of rows) this.versions.delete(profile)
    this.take(rows, now)
    for (const profile of this.document.profiles.keys())
      this.writeUnless(profile, stored.get(profile)?.health)
    this.isLoaded = true
  }

  /** Lets a profile be written, unless what is known of it is what is there. */
  private writeUnless(profile: ProfileId, there: HealthDocument.ProfileHealth | undefined): void {
    const health = this.document.profiles.get(profile)
    if (health === undefined || health === there) return
    // As values: an event leaves the keys in another order than a merge does.
    const isThere =
      there !== undefined &&
      isDeepStrictEqual(
        JSON.parse(HealthTable.encode(profile, there)),
        JSON.parse(HealthTable.encode(profile, health))
      )
    if (!isThere && HealthTable.isStorable({ agent: this.agent, profile }))
      this.unwritten.add(profile)
  }

  /** After a start of this gateway one trial of each cooldown is due (decision D32). */
  restart(now: number): void {
    this.document = restarted(this.document, now)
  }

  /** The rows to write. */
  behind(): ReadonlyArray<HealthTable.HealthRow> {
    return [...this.unwritten].flatMap((profile) => {
      const health = this.document.profiles.get(profile)
      if (health === undefined) return []
      const version = (this.versions.get(profile) ?? 0) + 1
      return [{ agent: this.agent, profile, health, version }]
    })
  }

  /** A row is in the database; what was recorded meanwhile is not. */
  written({ health, profile, version }: HealthTable.HealthRow): void {
    this.versions.set(profile, version)
    if (this.document.profiles.get(profile) === health) this.unwritten.delete(profile)
  }
}
