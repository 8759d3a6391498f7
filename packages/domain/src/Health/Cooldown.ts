/**
 * How long a credential rests when the provider does not say (decision D11, auth.md §4). All
 * durations in milliseconds.
 */
import type { Config } from "../Config/Config.ts"
import * as ProviderId from "../Profile/ProviderId.ts"

const minute = 60_000
const hour = 60 * minute

/** The ladders' settings, after defaults. */
export interface CooldownSettings {
  readonly billingBaseMs: number
  readonly billingMaxMs: number
  /** A failure older than this no longer counts. */
  readonly failureWindowMs: number
}

const hours = (value: number | undefined, fallback: number): number =>
  (value !== undefined && Number.isFinite(value) && value > 0 ? value : fallback) * hour

/** The settings for a provider from the config. */
export const settings = (config: Config, provider: ProviderId.ProviderId): CooldownSettings => {
  const cooldowns = config.auth?.cooldowns
  const own = Object.entries(cooldowns?.billingBackoffHoursByProvider ?? {}).find(
    ([name]) => ProviderId.normalize(name) === provider
  )?.[1]
  const billingBaseMs = Math.max(minute, hours(own ?? cooldowns?.billingBackoffHours, 5))
  return {
    billingBaseMs,
    billingMaxMs: Math.max(billingBaseMs, hours(cooldowns?.billingMaxHours, 24)),
    failureWindowMs: hours(cooldowns?.failureWindowHours, 24)
  }
}

/**
 * The ladder for refusals and limits without an end: 1, 5, 25, then 60 minutes. `count` starts at
 * 1.
 */
export const failurePause = (count: number): number =>
  Math.min(hour, minute * 5 ** Math.min(Math.max(count, 1) - 1, 3))

/**
 * The ladder for a credential out of credit: base, doubled each time, up to the maximum. `count`
 * starts at 1.
 */
export const billingPause = (
  count: number,
  { billingBaseMs, billingMaxMs }: CooldownSettings
): number => Math.min(billingMaxMs, billingBaseMs * 2 ** Math.min(Math.max(count, 1) - 1, 10))
