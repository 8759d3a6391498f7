/**
 * How long before its end a login is refreshed, and which of several gateways does it. Pure; times
 * in ms.
 */
import * as Context from "effect/Context"
import * as Redacted from "effect/Redacted"
import * as Secret from "../Profile/Secret.ts"
import { advisoryMs } from "./freshness.ts"

/** When a program refreshes the logins that it keeps fresh. */
export interface AheadPolicy {
  /** A login is refreshed this long before its end. */
  readonly aheadMs: number
  /** The last of all programs that share a login begins so much later than the first. */
  readonly spreadMs: number
  /**
   * Which of them this one is. It begins at a moment of its own for each login, always the same
   * one; without a name, at a random one.
   */
  readonly instance?: string | undefined
}

/** For programs that share files on one machine. */
export const ofFiles: AheadPolicy = { aheadMs: advisoryMs, spreadMs: 10_000 }

/**
 * For gateways that share a database: while it is away nothing is refreshed, and after a gateway
 * was killed while it asked, the token is left alone for more than ten minutes. Both are over
 * before a login ends that was to be refreshed so early.
 */
export const ofSharedStore = (instance: string): AheadPolicy => ({
  aheadMs: 900_000,
  spreadMs: 60_000,
  instance
})

/** The policy of this program; that of files where no layer gives another one. */
export class RefreshAhead extends Context.Reference<RefreshAhead>()(
  "@clawdbot/domain/OAuth/RefreshAhead",
  { defaultValue: (): AheadPolicy => ofFiles }
) {}

/** A policy with the time that the config's `auth.refreshAheadSeconds` gives, where it does. */
export const configured = (policy: AheadPolicy, seconds: number | undefined): AheadPolicy => {
  if (seconds === undefined) return policy
  return { ...policy, aheadMs: seconds * 1_000 }
}

/**
 * With less than this, gateways that share a database may have a login end on them while a killed
 * gateway's intent is undecided: its lease, and then the ten minutes of grace, in ms.
 */
export const shortestSharedMs = 640_000

/**
 * Where an instance stands among all that keep one login fresh, in [0, 1). Sorted by it, they
 * stand in another order for each login, so that none of them refreshes everything; and none needs
 * to know which others there are.
 */
export const turnOf = (instance: string, fingerprint: string): number =>
  Number.parseInt(Secret.fingerprint(Redacted.make(`${fingerprint}\n${instance}`)).slice(8), 16) /
  2 ** 32

/**
 * How long to wait before a login is refreshed that need not be yet: until this program's turn,
 * and no longer than half of the time in which nobody has to wait for the refresh.
 */
export const waitForTurn = (
  policy: AheadPolicy,
  fingerprint: string,
  leftUntilDueMs: number,
  random: number
): number => {
  const turn = policy.instance === undefined ? random : turnOf(policy.instance, fingerprint)
  return Math.round(turn * Math.min(policy.spreadMs, Math.max(0, leftUntilDueMs / 2)))
}

/**
 * After an outage of the store the turns of all programs are over within this, in ms: what waited
 * long enough is refreshed soon, and they do not all ask at one moment.
 */
export const resumeSpreadMs = 750

/** Turns are as short as that for logins that are looked at so soon after the store's return. */
export const resumeForMs = 5_000

/** The policy after the store has returned `sinceMs` ago, where it was away at all. */
export const afterReturn = (policy: AheadPolicy, sinceMs: number | undefined): AheadPolicy => {
  if (sinceMs === undefined || sinceMs < 0 || sinceMs > resumeForMs) return policy
  return { ...policy, spreadMs: Math.min(policy.spreadMs, resumeSpreadMs) }
}

/**
 * How long before its end a token is refreshed that lives for `lifeMs`: in its second half only,
 * or one that lives shorter than the policy asks for would be refreshed all the time.
 */
export const aheadOf = ({ aheadMs }: AheadPolicy, lifeMs: number | undefined): number => {
  if (lifeMs === undefined) return aheadMs
  return Math.min(aheadMs, Math.max(advisoryMs, lifeMs / 2))
}
