/**
 * What is remembered of conversations for a choice by quota (decision D57): with which credential
 * each was answered last, what it has in the prompt cache there, and how many conversations each
 * credential has had lately. In memory, bounded; empty unless `auth.scheduling` asks for it.
 */
import type { AgentId } from "../../Agent/AgentId.ts"
import { shortText } from "../../Bounded/shortText.ts"
import { ifDefined } from "../../Document/defined.ts"
import type { ProfileId } from "../../Profile/ProfileId.ts"
import * as Usage from "../../Usage/Usage.ts"

/** How many conversations are remembered. */
export const maxConversations = 10_000

/** A conversation counts for its credential so long after its last request, in ms. */
export const lateMs = 5 * 60_000

/** How long the provider keeps what was written to the cache, in ms. */
export const shortLifeMs = 5 * 60_000
export const longLifeMs = 60 * 60_000

/** The last use of a conversation. Epoch ms. */
export interface ConversationCache {
  readonly profile: ProfileId
  /** When the last request began, which also began the cache's lifetime anew. */
  readonly usedAt: number
  /** Undefined until an answer has said it. */
  readonly tokens: number | undefined
  readonly lifeMs: number
}

/** The same with what was known before that use, in case it is refused. */
interface Remembered extends ConversationCache {
  readonly before: ConversationCache | undefined
}

const withoutBefore = ({ lifeMs, profile, tokens, usedAt }: Remembered): ConversationCache => ({
  profile,
  usedAt,
  tokens,
  lifeMs
})

/** A conversation with one model: each model has a cache of its own. */
export interface Thread {
  readonly agent: AgentId
  readonly conversation: string
  readonly model: string | undefined
}

const makeKey = ({ agent, conversation, model = "" }: Thread): string =>
  `${agent}\n${shortText(model)}\n${shortText(conversation)}`

/** How long the cache of an answer lives; one that only read says nothing new. */
const lifeOf = (usage: Usage.Usage, before: number): number => {
  if (usage.cacheWrite1h > 0) return longLifeMs
  return Usage.cacheWrites(usage) > 0 ? shortLifeMs : before
}

/** The memory. `Map`s keep insertion order, so their first entries were used longest ago. */
export class ConversationUse {
  private readonly known = new Map<string, Remembered>()
  private readonly late = new Map<string, { readonly profile: ProfileId; readonly at: number }>()
  private readonly counts = new Map<ProfileId, number>()
  /** The conversation that was asked for last: a request asks for its own several times. */
  private last: (Thread & { readonly key: string }) | undefined
  /** The conversation that was used last, which is the last one in the maps. */
  private newest: string | undefined
  /** When it was looked last which conversations are no longer late, in epoch ms. */
  private sweptAt = Number.NaN

  /** How many conversations are remembered. */
  get size(): number {
    return this.known.size
  }

  private keyOf(thread: Thread): string {
    const { agent, conversation, model } = thread
    const { last } = this
    if (last?.conversation === conversation && last.model === model && last.agent === agent)
      return last.key
    const key = makeKey(thread)
    this.last = { agent, conversation, model, key }
    return key
  }

  /** A request of a conversation is sent with a profile at `now` (epoch ms). */
  begin(thread: Thread, profile: ProfileId, now: number): void {
    const key = this.keyOf(thread)
    const before = this.known.get(key)
    const same = before?.profile === profile ? before : undefined
    // A map that much is taken out of and put in again is made anew every few hundred times.
    if (key !== this.newest) this.known.delete(key)
    this.newest = key
    this.known.set(key, {
      profile,
      usedAt: now,
      tokens: same?.tokens,
      lifeMs: same?.lifeMs ?? shortLifeMs,
      before: ifDefined(before, withoutBefore)
    })
    this.forget(key)
    this.late.set(key, { profile, at: now })
    this.counts.set(profile, (this.counts.get(profile) ?? 0) + 1)
    for (const oldest of this.known.keys()) {
      if (this.known.size <= maxConversations) break
      this.known.delete(oldest)
      this.forget(oldest)
    }
  }

  /** The use that began with a profile at `at` (epoch ms) was refused: what was before is so. */
  takeBack(thread: Thread, profile: ProfileId, at: number): void {
    const key = this.keyOf(thread)
    const now = this.known.get(key)
    if (now?.profile !== profile || now.usedAt !== at || now.before === undefined) return
    this.known.set(key, { ...now.before, before: undefined })
  }

  /** An answer of a profile says what of a conversation is in the cache. */
  learn(thread: Thread, profile: ProfileId, usage: Usage.Usage): void {
    const key = this.keyOf(thread)
    const before = this.known.get(key)
    if (before?.profile !== profile) return
    const tokens = usage.cacheRead + Usage.cacheWrites(usage)
    const { before: earlier, lifeMs, usedAt } = before
    this.known.set(key, {
      profile,
      usedAt,
      tokens,
      lifeMs: lifeOf(usage, lifeMs),
      before: earlier
    })
  }

  /** What is known of a conversation. */
  find(thread: Thread): ConversationCache | undefined {
    return this.known.get(this.keyOf(thread))
  }

  /** How many conversations a profile has had lately, but for one. `now` is epoch ms. */
  count(profile: ProfileId, now: number, except: Thread | undefined): number {
    if (now !== this.sweptAt) this.sweep(now)
    const own = except === undefined ? undefined : this.late.get(this.keyOf(except))
    return (this.counts.get(profile) ?? 0) - (own?.profile === profile ? 1 : 0)
  }

  private sweep(now: number): void {
    this.sweptAt = now
    for (const [key, { at }] of this.late) {
      if (now - at <= lateMs) break
      this.forget(key)
    }
  }

  private forget(key: string): void {
    const gone = this.late.get(key)
    if (gone === undefined) return
    this.late.delete(key)
    const left = (this.counts.get(gone.profile) ?? 0) - 1
    if (left > 0) this.counts.set(gone.profile, left)
    else this.counts.delete(gone.profile)
  }
}
