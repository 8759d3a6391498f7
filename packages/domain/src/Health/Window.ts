/** A limit of the provider as far as we know it: for what, until when, why (decision D12a). */

import type { FailureClass } from "./FailureClass.ts"
import type { Scope } from "./Scope.ts"

/**
 * Where a window's end comes from. The ladder is ours; everything else is the provider's own word.
 */
export type WindowSource =
  | "retry-after"
  | "ratelimit-reset"
  | "unified-reset"
  | "ladder"
  | "usageStats"
  | "none"

/**
 * One window. With a failure class it blocks its scope until `until`; with the class `usage` it
 * only tells how far a quota is used. Times are epoch ms. `until` is 0 when a quota's reset is not
 * known.
 */
export interface Window {
  readonly scope: Scope
  readonly until: number
  readonly class: FailureClass | "usage"
  readonly source: WindowSource
  /** Used part of the quota; 1 is full, and it may be exceeded. */
  readonly utilization?: number
  readonly observedAt: number
  /** When one request was let through before the end, to see whether the limit still holds. */
  readonly probedAt?: number
}

/** Pauses shorter than this are simply waited for, in ms. */
const shortPauseMs = 15 * 60_000

/**
 * When one request may try whether a long pause is still true: half way through. Credits are topped
 * up and plans changed long before a pause of hours ends; nobody should have to wait it out.
 * `Infinity` for short pauses and where it was tried already.
 */
export const probeAt = (window: Window): number => {
  const pause = window.until - window.observedAt
  return window.probedAt !== undefined || pause < shortPauseMs
    ? Number.POSITIVE_INFINITY
    : window.observedAt + pause / 2
}

/** Whether a window stands in the way of anything at a time. */
export const isBlocking = (window: Window, now: number): boolean =>
  window.class !== "usage" && now < window.until
