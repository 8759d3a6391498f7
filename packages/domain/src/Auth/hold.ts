/**
 * Whether a request waits for the credential that its conversation is on, instead of moving to
 * another one (decisions D56 and D57): a move writes the whole prompt cache anew and loses the
 * reasoning that the provider keeps for an organisation. Pure; times are epoch ms.
 */
import type * as Effect from "effect/Effect"
import { isStated } from "../Health/Window.ts"
import type * as Order from "./Order.ts"

/** No request is held longer than this, in ms: clients give up after five minutes of silence. */
export const maxHoldMs = 240_000

/** How long the provider keeps a prompt cache after its last use, in ms: the shorter of the two. */
export const cacheLifeMs = 5 * 60_000

/** What a sub-agent's wait costs, as a part of a person's: nobody sits before it. */
export const backgroundShare = 0.1

/** What a wait is weighed by. */
export interface HoldFacts {
  /** Until the credential can be used again. */
  readonly waitMs: number
  /** Until the provider forgets the prompt cache: whoever waits longer loses it anyway. */
  readonly ttlLeftMs: number
  /** What it costs to move the conversation, in USD; undefined where that is not known. */
  readonly movingUsd?: number | undefined
  /** What an hour of waiting costs, in USD; undefined where it is not weighed. */
  readonly waitUsdPerHour?: number | undefined
  /** The longest wait that is allowed, of which no more than {@link maxHoldMs} counts. */
  readonly maxMs: number
}

/** The longest wait that is no dearer than the move, in ms. */
const worthMs = ({ movingUsd, waitUsdPerHour }: HoldFacts): number => {
  if (movingUsd === undefined || waitUsdPerHour === undefined || waitUsdPerHour <= 0)
    return Number.POSITIVE_INFINITY
  return (movingUsd / waitUsdPerHour) * 3_600_000
}

/** Whether waiting is better than moving. */
export const isWorthHolding = (facts: HoldFacts): boolean =>
  facts.waitMs <= Math.min(facts.ttlLeftMs, worthMs(facts), facts.maxMs, maxHoldMs)

/** What is known of the credential that a conversation is on. */
export interface WarmCredential {
  /** Undefined where it is no candidate any more. */
  readonly candidate: Order.Candidate | undefined
  /** Until when its prompt cache can be read. */
  readonly until: number
  /** What it costs to write that with another credential, in USD; undefined where not known. */
  readonly movingUsd: number | undefined
}

/** What the config allows. */
export interface HoldSettings {
  /** `auth.holdSeconds` in ms; 0 where it sets no time. */
  readonly holdMs: number
  /** What an hour of waiting costs, in USD; undefined where waits go by time alone. */
  readonly waitUsdPerHour: number | undefined
}

/**
 * The longest wait by the settings, in ms. Where the wait and the move both have a price that
 * decides, and a time that is set is its bound; else the time alone does.
 */
const maxMsOf = ({ holdMs, waitUsdPerHour }: HoldSettings, movingUsd: number | undefined) => {
  const isPriced = waitUsdPerHour !== undefined && movingUsd !== undefined
  return isPriced && holdMs === 0 ? maxHoldMs : holdMs
}

/**
 * How long a request waits for its conversation's credential, in ms; undefined where it does not:
 * the credential is ready, out for another reason than a limit with a stated end, or out for too
 * long.
 */
export const holdFor = (
  { candidate, movingUsd, until }: WarmCredential,
  settings: HoldSettings,
  now: number
): number | undefined => {
  if (candidate === undefined || candidate.usableAt <= now) return undefined
  const isShortLimit = candidate.obstacles.every(
    (window) => isStated(window) && window.class === "rate_limit"
  )
  const waitMs = candidate.usableAt - now
  const { waitUsdPerHour } = settings
  const maxMs = maxMsOf(settings, movingUsd)
  const facts = { waitMs, ttlLeftMs: until - now, movingUsd, waitUsdPerHour, maxMs }
  if (!isShortLimit || !isWorthHolding(facts)) return undefined
  return waitMs
}

/** How a wait ended: in time, by a client that left, or before it began, as too many wait. */
export type HoldEnd = "over" | "left" | "full"

/** A wait that is over. */
export interface Held {
  /** How long it took, in ms. */
  readonly ms: number
  readonly end: HoldEnd
}

/** How a caller lets a request wait; one without it never holds any. */
export interface Holding<A> {
  /** Waits for so many ms, or until the client leaves. */
  readonly wait: (ms: number) => Effect.Effect<HoldEnd>
  /** The value of a request whose client left while it waited. */
  readonly abandoned: A
}
