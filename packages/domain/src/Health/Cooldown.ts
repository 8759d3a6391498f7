/**
 * How long a credential cools down when the provider does not say (decisions D11 and D32). All
 * durations in milliseconds.
 */
import type { Config } from "../Config/Config.ts"
import { defaults } from "../Config/defaults.ts"
import * as ProviderId from "../Profile/ProviderId.ts"
import { isMoney } from "./FailureClass.ts"

const minute = 60_000
const hour = 60 * minute

/** The ladders' settings, after defaults. */
export interface CooldownSettings {
  readonly billingBaseMs: number
  readonly billingMaxMs: number
  /** A failure older than this no longer counts. */
  readonly failureWindowMs: number
}

const hours = (value: number | undefined, fallback: number): number => {
  if (value !== undefined && Number.isFinite(value) && value > 0) return value * hour
  return fallback
}

/** The settings for a provider from the config. */
export const settings = (config: Config, provider: ProviderId.ProviderId): CooldownSettings => {
  const cooldowns = config.auth?.cooldowns
  const own = Object.entries(cooldowns?.billingBackoffHoursByProvider ?? {}).find(
    ([name]) => ProviderId.normalize(name) === provider
  )?.[1]
  const base = hours(own ?? cooldowns?.billingBackoffHours, 10 * minute)
  const billingBaseMs = Math.max(minute, base)
  return {
    billingBaseMs,
    billingMaxMs: Math.max(
      billingBaseMs,
      hours(cooldowns?.billingMaxHours, defaults["auth.cooldowns.billingMaxHours"] * hour)
    ),
    failureWindowMs: hours(
      cooldowns?.failureWindowHours,
      defaults["auth.cooldowns.failureWindowHours"] * hour
    )
  }
}

const failurePauses = [30_000, minute, 5 * minute, 25 * minute, hour]

/**
 * The ladder for refusals and limits without an end: 30 seconds, then 1, 5, 25 and 60 minutes.
 * `count` starts at 1.
 */
export const failurePause = (count: number): number =>
  failurePauses[Math.min(Math.max(count, 1), failurePauses.length) - 1] ?? hour

/**
 * The ladder for a credential out of credit: base, doubled each time, up to the maximum. `count`
 * starts at 1.
 */
export const billingPause = (
  count: number,
  { billingBaseMs, billingMaxMs }: CooldownSettings
): number => Math.min(billingMaxMs, billingBaseMs * 2 ** Math.min(Math.max(count, 1) - 1, 10))

/**
 * How long after a failure a cooldown of another program's file is believed: the longest step of
 * that program's own ladder.
 */
export const maxForeignPauseMs = (
  failureClass: string,
  { billingMaxMs }: CooldownSettings
): number => {
  if (isMoney(failureClass)) return Math.max(24 * hour, billingMaxMs)
  return hour
}
