/**
 * Which credential a conversation was on, so that the provider's prompt cache stays warm (decision
 * D16). A preference, never a claim: the order asks it only after eligibility. In memory, bounded:
 * one hour since last use, 10,000 conversations.
 */
import * as Effect from "effect/Effect"
import type { AgentId } from "../Agent/AgentId.ts"
import { shortText } from "../Bounded/shortText.ts"
import type { ProfileId } from "../Profile/ProfileId.ts"
import { ConversationUse } from "./economy/ConversationUse.ts"
import { PlanSizes } from "./economy/PlanSizes.ts"

/** How long a conversation is remembered after its last use, in ms. */
export const keepMs = 60 * 60_000

/** How many conversations are remembered. */
export const maxConversations = 10_000

interface Entry {
  readonly profile: ProfileId
  readonly usedAt: number
  /** When it was used before that; undefined where another profile or none was. */
  readonly usedBefore: number | undefined
}

/** The last use of a conversation, and the one before with the same profile; epoch ms. */
export type LastUse = Readonly<Entry>

/** A `Map` keeps insertion order, so the first entry is the least recently used. */
const make = () => {
  const entries = new Map<string, Entry>()
  let newest: string | undefined
  const key = (agent: AgentId, conversation: string) => `${agent}\n${shortText(conversation)}`

  /** The last use of a conversation, if that is not too long before `now` (epoch ms). */
  const lastUse = (agent: AgentId, conversation: string, now: number): LastUse | undefined => {
    const name = key(agent, conversation)
    const entry = entries.get(name)
    if (entry === undefined || now - entry.usedAt <= keepMs) return entry
    entries.delete(name)
    return undefined
  }

  /** The profile a conversation was on, if that is not too long before `now` (epoch ms). */
  const lookUp = (agent: AgentId, conversation: string, now: number): ProfileId | undefined =>
    lastUse(agent, conversation, now)?.profile

  /** Remembers that a conversation was answered by a profile at `now` (epoch ms). */
  const note = (agent: AgentId, conversation: string, profile: ProfileId, now: number): void => {
    const name = key(agent, conversation)
    const before = entries.get(name)
    const usedBefore = before?.profile === profile ? before.usedAt : undefined
    // A map that much is taken out of and put in again is made anew every few hundred times.
    if (name !== newest) entries.delete(name)
    entries.set(name, { profile, usedAt: now, usedBefore })
    newest = name
    if (entries.size <= maxConversations) return
    for (const oldest of entries.keys()) {
      if (entries.size <= maxConversations) break
      entries.delete(oldest)
    }
  }

  return { lastUse, lookUp, note, uses: new ConversationUse(), sizes: new PlanSizes() } as const
}

/** The memory. */
export class Affinity extends Effect.Service<Affinity>()("@clawdbot/domain/Auth/Affinity", {
  sync: make
}) {}

/** The memory itself, for who gives services without layers. */
export const service = Effect.sync(() => new Affinity(make()))
