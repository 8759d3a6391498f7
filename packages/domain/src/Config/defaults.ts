/**
 * What holds where the config says nothing: shown by `config get` and listed in the documentation.
 */

import * as JsonValue from "@clawdbot/json5-edit/JsonValue"
import type { KeyPath } from "@clawdbot/json5-edit/KeyPath"

/**
 * Default by key path. The only place where they stand: the config's schema, the documentation, the
 * help and whoever acts by the config read them here.
 */
export const defaults = {
  "env.shellEnv.enabled": false,
  "env.shellEnv.timeoutMs": 15_000,
  "auth.scheduling": "order",
  "auth.cooldowns.billingMaxHours": 5,
  "auth.cooldowns.failureWindowHours": 24,
  "auth.extraUsage": "allow",
  "auth.holdSeconds": 0,
  "auth.waitUsdPerHour": 20,
  "models.providers.anthropic.baseUrl": "https://api.anthropic.com",
  "agents.defaults.model.primary": "anthropic/claude-opus-4-5",
  "agents.defaults.model.fallbacks": [],
  "gateway.port": 18_789,
  "gateway.bind": "loopback",
  "gateway.auth.mode": "token",
  "gateway.dashboard": "read-only",
  "gateway.usage.retentionDays": 90,
  "gateway.cacheCauses": true,
  "gateway.modelFallback": false,
  "gateway.drainSeconds": 10,
  "pricing.multiplier": 1,
  "store.type": "files",
  "store.schema": "clawdbot",
  "store.poolSize": 4,
  "store.pooler": "none"
} as const satisfies Readonly<Record<string, unknown>>

/** The same for any path. */
export const byPath: Readonly<Record<string, unknown>> = defaults

/**
 * The default at a path: one value, or all defaults below it as an object; `undefined` where there
 * is none.
 */
export const at = (path: KeyPath): unknown => {
  const wanted = path.join(".")
  if (Object.hasOwn(byPath, wanted)) return byPath[wanted]
  const below = Object.entries(byPath).filter(
    ([name]) => wanted === "" || name.startsWith(`${wanted}.`)
  )
  if (below.length === 0) return undefined
  return below.reduce<unknown>(
    (value, [name, item]) => JsonValue.set(value, name.split(".").slice(path.length), item),
    {}
  )
}
