/**
 * Which credential created which batch or file, so that later requests about it go out with the
 * same one (decision D16).
 */
import * as Context from "effect/Context"
import type { AgentId } from "../Agent/AgentId.ts"
import type { ProfileId } from "../Profile/ProfileId.ts"

/** One batch or file. An agent never learns what another one created. */
export interface Pin {
  readonly agent: AgentId
  /** The provider's id, e.g. `msgbatch_…` or `file_…`. */
  readonly id: string
  readonly profile: ProfileId
}

/** How many are remembered; the one that was not asked for the longest goes first. */
export const capacity = 10_000

/**
 * The memory of a layer. A `Map` keeps the order of insertion, so the first entry is the one unused
 * for the longest.
 */
export class PinTable {
  private readonly pins = new Map<string, Pin>()

  private static key(agent: AgentId, id: string): string {
    return `${agent}\n${id}`
  }

  /** The creator of a batch or file, unless it is unknown here. */
  find(agent: AgentId, id: string): ProfileId | undefined {
    const pin = this.pins.get(PinTable.key(agent, id))
    if (pin !== undefined) this.note(pin)
    return pin?.profile
  }

  /** Remembers a creation. */
  note(pin: Pin): void {
    const key = PinTable.key(pin.agent, pin.id)
    this.pins.delete(key)
    this.pins.set(key, pin)
    for (const oldest of this.pins.keys()) {
      if (this.pins.size <= capacity) break
      this.pins.delete(oldest)
    }
  }

  /** All that is remembered, the one unused for the longest first. */
  entries(): ReadonlyArray<Pin> {
    return [...this.pins.values()]
  }

  get isEmpty(): boolean {
    return this.pins.size === 0
  }
}

/**
 * The pins of this gateway. Plain functions: they answer from memory and are called while bytes
 * pass; a layer that keeps them on disk writes behind.
 */
export class ResourcePins extends Context.Tag("@clawdbot/domain/Auth/ResourcePins")<
  ResourcePins,
  {
    readonly find: (agent: AgentId, id: string) => ProfileId | undefined
    readonly note: (pin: Pin) => void
    /** Whether nothing is pinned at all, so that nothing needs to be looked for. */
    readonly isEmpty: () => boolean
  }
>() {}
