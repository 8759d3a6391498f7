/**
 * Extra usage: what requests cost beside a plan whose window is used up (decision D53). The
 * provider answers such requests and bills them, so a successful response is the only sign of it.
 * What is recorded are the facts; whether they block is decided by the config each time they are
 * read, so that a change of the setting is in force at once. Pure.
 */
import type { Config } from "../Config/Config.ts"
import { defaults } from "../Config/defaults.ts"
import type { ProfileHealth } from "./HealthDocument.ts"
import { join } from "./joinWindows.ts"
import type { Window } from "./Window.ts"

/** Whether requests may go on as extra usage (`auth.extraUsage`). */
export type ExtraUsage = "allow" | "never"

/** The setting, after its default. */
export const extraUsageOf = ({ auth }: Config): ExtraUsage =>
  auth?.extraUsage ?? defaults["auth.extraUsage"]

/** How long a window counts as full where no header names its reset, in ms. */
const unknownResetMs = 60 * 60_000

/** Whether a window is used up, and requests go on as extra usage. */
export const isExtraUsage = (window: Pick<Window, "class" | "source">): boolean =>
  window.class === "usage" && window.source === "extra-usage"

/** A window that blocks like a limit that was reached, until the plan's own reset. */
const asLimit = ({ observedAt, scope, source, until }: Window): Window => ({
  scope,
  until: until > 0 ? until : observedAt + unknownResetMs,
  class: "rate_limit",
  source,
  observedAt
})

/**
 * A credential's health as a choice has to see it: with `never`, each window in whose place extra
 * usage is billed is a full one until its reset, or until a person clears it. The same object where
 * that changes nothing.
 */
export const withExtraUsage = (health: ProfileHealth, extraUsage: ExtraUsage): ProfileHealth => {
  if (extraUsage === "allow" || !health.windows.some(isExtraUsage)) return health
  const spent = health.windows.filter(
    (window) => isExtraUsage(window) && window.observedAt > (health.clearedAt ?? 0)
  )
  if (spent.length === 0) return health
  return { ...health, windows: join(health.windows, spent.map(asLimit)) }
}
