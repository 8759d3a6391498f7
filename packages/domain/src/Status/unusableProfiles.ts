import { defined } from "../Document/defined.ts"
import { isMoney } from "../Health/FailureClass.ts"
import type { ProfileHealth } from "../Health/HealthDocument.ts"
import { obstacles } from "../Health/HealthPolicy.ts"
import { anyRequest, requestTarget } from "../Health/RequestTarget.ts"
import { partsOf } from "../Health/Scope.ts"
import { isBlocking, isStated, type Window } from "../Health/Window.ts"
import * as ProviderId from "../Profile/ProviderId.ts"
import type * as Status from "./AuthStatus.ts"
import type { StatusFacts, StoredProfile } from "./StatusFacts.ts"

/** What stands in the way of messages to any model. */
const messageLimits = ({ windows }: ProfileHealth, now: number): ReadonlyArray<Window> =>
  windows.filter((window) => isBlocking(window, now) && partsOf(window.scope).kind !== "path")

/**
 * What stands in the way of a request for the agent's default model. Where the config names none,
 * clients choose the model, and a limit on any counts.
 */
const inTheWay = ({ catalog, now }: StatusFacts, known: StoredProfile): ReadonlyArray<Window> => {
  const { defaultConfigured, resolvedDefault } = catalog
  if (!defaultConfigured) return messageLimits(known.health, now)
  const isOfProvider = ProviderId.normalize(resolvedDefault.provider) === known.credential.provider
  const target = isOfProvider ? requestTarget({ model: resolvedDefault.model }) : anyRequest
  return obstacles(known.health, target, now)
}

/** Why a profile cannot answer such a request now: the pause that lasts longest. */
const coolingDown = (facts: StatusFacts, known: StoredProfile): Window | undefined =>
  inTheWay(facts, known).reduce<Window | undefined>(
    (longest, window) => (longest === undefined || window.until > longest.until ? window : longest),
    undefined
  )

export const unusableProfilesOf = (facts: StatusFacts): ReadonlyArray<Status.UnusableProfile> => {
  const { now, store } = facts
  const entries = facts.known.flatMap((known): ReadonlyArray<Status.UnusableProfile> => {
    const window = coolingDown(facts, known)
    if (window === undefined) return []
    const stats =
      window.source === "usageStats" ? store.document.usageStats.get(known.profile) : undefined
    const disabled = stats !== undefined ? now < (stats.disabledUntil ?? 0) : isMoney(window.class)
    const foreignReason = disabled ? stats?.disabledReason : undefined
    const reason = stats === undefined ? window.class : foreignReason
    return [
      {
        profileId: known.profile,
        provider: known.credential.provider,
        kind: disabled ? "disabled" : "cooldown",
        ...defined({ reason }),
        until: window.until,
        remainingMs: window.until - now,
        scope: window.scope,
        stated: isStated(window)
      }
    ]
  })
  return entries.sort((a, b) => a.remainingMs - b.remainingMs)
}

export const profileWindows = (facts: StatusFacts): ReadonlyArray<Status.ProfileWindow> =>
  facts.known.flatMap((known) =>
    known.health.windows
      .filter((window) => window.until > facts.now)
      .map((window) => ({
        profileId: known.profile,
        scope: window.scope,
        class: window.class,
        source: window.source,
        until: window.until,
        remainingMs: window.until - facts.now,
        ...defined({ utilization: window.utilization })
      }))
  )
