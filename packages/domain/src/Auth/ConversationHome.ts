/**
 * Which credential a conversation begins on where several gateways share credentials and none knows
 * of the conversation: the same one everywhere, so that the provider's prompt cache stays warm
 * without anything being shared. Rendezvous hashing: each pair of a conversation and a credential
 * has a number of its own, and the largest one counts; a credential that comes or goes moves the
 * conversations on it, and no others. Pure.
 */
import * as Context from "effect/Context"

/**
 * Whether conversations begin on a credential of their own instead of on the one that rested
 * longest: true where gateways share a store.
 */
export class ConversationHome extends Context.Reference<ConversationHome>()(
  "@clawdbot/domain/Auth/ConversationHome",
  { defaultValue: (): boolean => false }
) {}

/** Lets every bit of a number decide about every other one (the finalizer of MurmurHash3). */
const mix = (number: number): number => {
  let mixed = number ^ (number >>> 16)
  mixed = Math.imul(mixed, 0x85ebca6b)
  mixed ^= mixed >>> 13
  mixed = Math.imul(mixed, 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}

/** A number for a name, the same one in every process (FNV-1a, 32 bits). */
export const hashOf = (name: string): number => {
  let hash = 0x811c9dc5
  for (let index = 0; index < name.length; index++)
    hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193)
  return mix(hash)
}

/** The weight of a pair, by the hashes of its two names, in [0, 2^32). */
export const weightOf = (conversation: number, profile: number): number =>
  mix(conversation ^ Math.imul(profile, 0x9e3779b1))
