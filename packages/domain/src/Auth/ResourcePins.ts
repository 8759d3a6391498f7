/**
 * Which credential created what the provider keeps for one workspace, so that later requests about
 * it go out with the same one (decisions D16 and D35).
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { AgentId } from "../Agent/AgentId.ts"
import type { ProfileId } from "../Profile/ProfileId.ts"

/** One thing that was created. An agent never learns what another one created. */
export interface Pin {
  readonly agent: AgentId
  /** What it is, such as `file`, `container` or `thread`. */
  readonly kind: string
  /** The provider's id, e.g. `msgbatch_…` or `file_…`; for a `fallback_credit` its token. */
  readonly id: string
  readonly profile: ProfileId
}

/**
 * How many of each group are remembered; the one that was not asked for the longest goes first.
 */
export const maxPerGroup = 10_000

/**
 * How long threads and credits are remembered, in ms: the provider forgets them after five minutes.
 */
export const briefMs = 6 * 60_000

/** What the provider itself keeps for minutes only. It is never written anywhere. */
export type BriefKind = "thread" | "fallback_credit"

/** Whether a kind is a brief one. */
export const isBrief = (kind: string): kind is BriefKind =>
  kind === "thread" || kind === "fallback_credit"

/**
 * Kinds that come by the thousand must not push out the others: containers are created by messages,
 * and share no bound with what a person uploads or sets up.
 */
const groups = ["upload", "container", "resource"] as const
type PinGroup = (typeof groups)[number]

/** The group of a kind; one that this version does not know is something set up. */
const groupOf = (kind: string): PinGroup => {
  if (kind === "batch" || kind === "file") return "upload"
  if (kind === "container") return "container"
  return "resource"
}

/** The oldest entries of a map go until it is no larger than that. */
const trim = (map: Map<string, unknown>, size: number): void => {
  for (const oldest of map.keys()) {
    if (map.size <= size) return
    map.delete(oldest)
  }
}

interface Brief {
  readonly profile: ProfileId
  readonly until: number
}

/**
 * The memory of a layer. A `Map` keeps the order of insertion, so the first entry is the one unused
 * for the longest.
 */
export class PinTable {
  private readonly stored: Readonly<Record<PinGroup, Map<string, Pin>>> = {
    upload: new Map(),
    container: new Map(),
    resource: new Map()
  }
  private readonly brief: Readonly<Record<BriefKind, Map<string, Brief>>> = {
    thread: new Map(),
    fallback_credit: new Map()
  }
  private readonly digest: (text: string) => string

  /**
   * `digest` is a keyed hash, whose key ends with the process: of brief things nothing else is
   * kept, neither a token that is worth money nor an id of any length.
   */
  constructor(digest: (text: string) => string) {
    this.digest = digest
  }

  private static key(agent: AgentId, id: string): string {
    return `${agent}\n${id}`
  }

  /** The creator of something stored, whatever its kind; undefined where it is unknown here. */
  find(agent: AgentId, id: string): ProfileId | undefined {
    const key = PinTable.key(agent, id)
    for (const group of groups) {
      const pin = this.stored[group].get(key)
      if (pin === undefined) continue
      this.note(pin, 0)
      return pin.profile
    }
    return undefined
  }

  /** The creator of something brief. `now` in epoch ms. */
  findBrief(kind: BriefKind, agent: AgentId, id: string, now: number): ProfileId | undefined {
    const known = this.brief[kind]
    if (known.size === 0) return undefined
    const found = known.get(this.digest(PinTable.key(agent, id)))
    if (found === undefined || found.until <= now) return undefined
    return found.profile
  }

  /** Remembers a creation. `now` in epoch ms; it matters for brief kinds only. */
  note(pin: Pin, now: number): void {
    const { agent, id, kind, profile } = pin
    const key = PinTable.key(agent, id)
    if (isBrief(kind)) {
      const known = this.brief[kind]
      for (const [oldest, { until }] of known) {
        if (until > now) break
        known.delete(oldest)
      }
      const hidden = this.digest(key)
      known.delete(hidden)
      known.set(hidden, { profile, until: now + briefMs })
      trim(known, maxPerGroup)
      return
    }
    const known = this.stored[groupOf(kind)]
    known.delete(key)
    known.set(key, pin)
    trim(known, maxPerGroup)
  }

  /** Everything stored, the one unused for the longest first within its group. */
  entries(): ReadonlyArray<Pin> {
    return groups.flatMap((group) => [...this.stored[group].values()])
  }

  /** How much is stored. */
  get size(): number {
    return groups.reduce((sum, group) => sum + this.stored[group].size, 0)
  }
}

/**
 * The pins of this gateway. What is asked of every request answers from memory; a layer that keeps
 * pins on disk writes behind. Brief kinds are never written.
 *
 * Where gateways share pins, one of them has to know what another one created: a creation is noted
 * for all before the client has its id, and what is unknown here is looked for.
 */
export class ResourcePins extends Context.Tag("@clawdbot/domain/Auth/ResourcePins")<
  ResourcePins,
  {
    /** The creator of something stored. */
    readonly find: (agent: AgentId, id: string) => ProfileId | undefined
    /** The creator of something brief. `now` in epoch ms. */
    readonly findBrief: (
      kind: BriefKind,
      agent: AgentId,
      id: string,
      now: number
    ) => ProfileId | undefined
    /**
     * Remembers a creation, here at once. `now` in epoch ms. What the answer has to wait for until
     * all gateways know of it, bounded in time; undefined where there is nothing to wait for.
     */
    readonly note: (pin: Pin, now: number) => Effect.Effect<void> | undefined
    /** Whether nothing is stored here at all, so that `find` knows nothing. */
    readonly isEmpty: () => boolean
    /** Whether other gateways note pins as well, so that `look` may know more than `find`. */
    readonly isShared: boolean
    /**
     * Looks for what other gateways have noted of these ids, bounded in time, and says whether
     * there was anything new. `find` knows it then.
     */
    readonly look: (agent: AgentId, ids: ReadonlyArray<string>) => Effect.Effect<boolean>
  }
>() {}
