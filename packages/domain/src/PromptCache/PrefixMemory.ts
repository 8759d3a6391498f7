/**
 * The last prefixes of conversations, in memory, bounded: at most {@link maxPrefixes}, of which the
 * one that was used least recently goes first.
 */
import type { PrefixSketch } from "./prefixSketch.ts"
import { compare, type RememberedPrefix } from "./RememberedPrefix.ts"

/** So many prefixes are remembered; with 256 marks each they take 4 MB. */
export const maxPrefixes = 2_000

/** So many of one conversation: its main thread, and short questions that are asked beside it. */
export const maxOfConversation = 4

/** Whether a request could be a later one of a conversation though all of its elements differ. */
const isAlike = (before: RememberedPrefix, model: string, sketch: PrefixSketch): boolean =>
  before.model === model &&
  before.tools === sketch.tools &&
  before.system === sketch.system &&
  sketch.chain.length >= before.covers

/** How well a request fits a prefix; 0: not at all. */
const fitOf = (before: RememberedPrefix, model: string, sketch: PrefixSketch): number => {
  const { changedAt, shared } = compare(before, sketch)
  if (shared === 0) return isAlike(before, model, sketch) ? 0.5 : 0
  const ofModel = before.model === model ? 0.25 : 0
  return changedAt === undefined ? 1_000_000 + shared + ofModel : shared + ofModel
}

/** The memory. A `Map` keeps insertion order, so the first conversation is the oldest. */
export class PrefixMemory {
  private readonly conversations = new Map<string, ReadonlyArray<RememberedPrefix>>()
  private prefixes = 0

  /** How many prefixes are remembered. */
  get size(): number {
    return this.prefixes
  }

  /** The prefix that a request builds on, or was to build on; undefined where it is a first one. */
  find(conversation: string, model: string, sketch: PrefixSketch): RememberedPrefix | undefined {
    let best: RememberedPrefix | undefined
    let most = 0
    for (const before of this.conversations.get(conversation) ?? []) {
      const fit = fitOf(before, model, sketch)
      if (fit < most || fit === 0) continue
      best = before
      most = fit
    }
    return best
  }

  /** Remembers a prefix, in place of the one it was found to build on. */
  keep(
    conversation: string,
    prefix: RememberedPrefix,
    inPlaceOf: RememberedPrefix | undefined
  ): void {
    const before = this.conversations.get(conversation) ?? []
    const others = before.filter((one) => one !== inPlaceOf).slice(1 - maxOfConversation)
    this.conversations.delete(conversation)
    this.conversations.set(conversation, [...others, prefix])
    this.prefixes += others.length + 1 - before.length
    for (const [oldest, gone] of this.conversations) {
      if (this.prefixes <= maxPrefixes) break
      this.conversations.delete(oldest)
      this.prefixes -= gone.length
    }
  }
}
