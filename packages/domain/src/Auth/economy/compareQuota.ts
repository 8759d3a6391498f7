/**
 * Which of two credentials a conversation should get, by what is left of their limits, when those
 * begin anew, and where its prompt cache is (decision D57, docs/scheduling.md). Pure.
 */
import type { AgentId } from "../../Agent/AgentId.ts"
import type { ProfileId } from "../../Profile/ProfileId.ts"
import { fiveHoursMs, type Quota } from "./Quota.ts"
import type { QuotaSums } from "./QuotaSums.ts"

/** What is left for the conversations that are under way, as a part of a limit. */
export const reserve = 0.05

/** So much more is left for people by programs that nobody waits for. */
export const backgroundReserve = 0.1

/** So much of its five hours one conversation is expected to use of a plan of unknown size. */
export const expectedShare = 0.03

/** What one conversation is expected to use yet, in USD by list price. */
export const expectedUsd = 1

/**
 * So many times five hours a week counts for: a plan of which a seventh of the week is left is as
 * good as a new one, and below that it is spared.
 */
export const weekWeight = 7

/** How much better a window is, at most, for ending sooner: what is left of it is lost soonest. */
export const endingBonus = 0.1

/** The prompt cache of a conversation that is still warm. */
export interface WarmCache {
  readonly profile: ProfileId
  /** Undefined where no answer has said so yet. */
  readonly tokens: number | undefined
  /** Epoch ms. */
  readonly until: number
  /** USD; undefined where the price is not known. */
  readonly moveUsd: number | undefined
}

/** A credential, and the agent whose store holds it. */
export interface Holder {
  readonly owner: AgentId
  readonly profile: ProfileId
}

/** What a choice by quota depends on beside the candidates' limits. */
export interface QuotaMoment {
  /** Whether a program asks that nobody waits for. */
  readonly isBackground: boolean
  readonly warm: WarmCache | undefined
  /** How many other conversations a profile answered in the last five minutes. */
  readonly conversations: (profile: ProfileId) => number
  /** What the five hours of a plan hold, in USD by list price; undefined where it is not known. */
  readonly sizeUsd: (holder: Holder) => number | undefined
  /** What they are taken to hold where it is not known; undefined where none is. */
  readonly otherSizeUsd: number | undefined
}

/** A request of a person, where nothing is known of conversations. */
export const withoutConversations: QuotaMoment = {
  isBackground: false,
  warm: undefined,
  conversations: () => 0,
  sizeUsd: () => undefined,
  otherSizeUsd: undefined
}

/** Sums are compared in whole percents: the provider tells no more. */
const percents = (share: number): number => Math.round(share * 100) / 100

const hourMs = 60 * 60_000

const expectedShareOf = (sizeUsd: number | undefined): number =>
  sizeUsd === undefined ? expectedShare : Math.min(1, expectedUsd / sizeUsd)

/** The sums of a credential at `now` (epoch ms). */
export const sumsOf = (
  holder: Holder,
  { fiveHours, key, sevenDays }: Quota,
  { conversations, isBackground, otherSizeUsd, sizeUsd, warm }: QuotaMoment,
  now: number
): QuotaSums => {
  const leftOfHours = 1 - fiveHours.used
  const leftOfDays = 1 - sevenDays.used
  const headroom = Math.min(leftOfHours, leftOfDays, 1 - key.used)
  const { profile } = holder
  const others = conversations(profile)
  const known = sizeUsd(holder)
  const share = expectedShareOf(known ?? otherSizeUsd)
  const gone = Math.max(0, 1 - (fiveHours.endsAt - now) / fiveHoursMs)
  const room =
    Math.min(leftOfHours, weekWeight * leftOfDays, 1 - key.used) -
    (1 + others) * share +
    endingBonus * leftOfHours * gone
  const hoursLeft = Math.max((sevenDays.endsAt - now) / hourMs, 1 / 60)
  const sums: { -readonly [Field in keyof QuotaSums]: QuotaSums[Field] } = {
    headroom: percents(headroom),
    reserve: isBackground ? reserve + backgroundReserve : reserve,
    room: percents(room),
    neededPerHour: Math.max(0, leftOfDays) / hoursLeft,
    conversations: others
  }
  if (known !== undefined) sums.sizeUsd = known
  if (warm?.profile !== profile) return sums
  const { moveUsd, tokens, until } = warm
  sums.cache = { tokens, until, moveUsd }
  return sums
}

/** A candidate that is ready, as two of them are compared. */
export interface Compared {
  /** Smaller ones go first, whatever is left: plans before keys. */
  readonly priority: number
  readonly sums: QuotaSums
  /** Epoch ms. */
  readonly lastUsedAt: number
}

const hasRoom = ({ headroom, reserve }: QuotaSums): boolean => headroom >= reserve

/**
 * Negative where the first of two goes before the other. A warm conversation stays. Then come those
 * that have more left than the reserve, by their room, by how much of their week would be lost, by
 * the conversations they have, and by how long they rest; then those that have less, the most
 * first.
 */
export const compare = (one: Compared, other: Compared): number => {
  const [a, b] = [one.sums, other.sums]
  if (one.priority !== other.priority) return one.priority - other.priority
  if ((a.cache === undefined) !== (b.cache === undefined)) return a.cache === undefined ? 1 : -1
  if (hasRoom(a) !== hasRoom(b)) return hasRoom(a) ? -1 : 1
  if (!hasRoom(a) && a.headroom !== b.headroom) return b.headroom - a.headroom
  return (
    b.room - a.room ||
    b.neededPerHour - a.neededPerHour ||
    a.conversations - b.conversations ||
    one.lastUsedAt - other.lastUsedAt
  )
}
