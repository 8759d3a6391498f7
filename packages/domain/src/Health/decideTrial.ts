/** Whether a trial may begin, and what a restart changes about that (decision D32). Pure. */
import { type HealthDocument, of as healthOf } from "./HealthDocument.ts"
import type { TrialRequest, TrialStart } from "./HealthStore.ts"
import * as Trial from "./Trial.ts"

/**
 * Whether a trial may begin at `now`, as far as this document knows. `lastTrialAt` is when the last
 * one of any credential was sent in the state folder; epoch ms.
 */
export const decideTrial = (
  document: HealthDocument,
  { obstacles, profile, secretFingerprint }: Omit<TrialRequest, "agent" | "kind">,
  lastTrialAt: number,
  now: number
): TrialStart => {
  const health = healthOf(document, profile, secretFingerprint)
  const known = new Map(
    health.windows
      .filter((window) => window.class !== "usage")
      .map((window) => [window.scope, window] as const)
  )
  const isOutdated = obstacles.some(
    ({ observedAt, scope }) => (known.get(scope)?.observedAt ?? 0) > observedAt
  )
  // Something newer was learned: whoever asks chooses again.
  if (isOutdated) return { _tag: "NotDue", retryAt: now }
  // A time that is ahead of the clock was written before the clock was set back.
  const spaced = lastTrialAt > now ? 0 : lastTrialAt + Trial.spacingMs
  const due = obstacles.map((window) =>
    Trial.dueAt(health.trials, known.get(window.scope) ?? window)
  )
  if (Math.max(spaced, ...due) > now) return { _tag: "NotDue", retryAt: Math.max(now, spaced) }
  return { _tag: "Begun", trial: { at: now, obstacles } }
}

/**
 * The document after a restart of a gateway at `now` (epoch ms): one trial of each cooldown is due.
 * The same document where there is none.
 */
export const restarted = (document: HealthDocument, now: number): HealthDocument => {
  const changed = [...document.profiles].flatMap(([id, health]) => {
    const trials = Trial.restarted(health.trials, health.windows, now)
    if (trials === undefined) return []
    return [[id, { ...health, trials }] as const]
  })
  if (changed.length === 0) return document
  return { ...document, profiles: new Map([...document.profiles, ...changed]) }
}
