/**
 * What holds where the config says nothing: shown by `config get` and listed in the documentation.
 */

import * as JsonValue from "@clawdbot/json5-edit/JsonValue"
import type { KeyPath } from "@clawdbot/json5-edit/KeyPath"

/** The port the gateway listens on. */
export const gatewayPort = 18_789

/** Default by key path, as it stands in the documentation; `*` is any name. */
export const defaults: Readonly<Record<string, unknown>> = {
  "env.shellEnv.enabled": false,
  "env.shellEnv.timeoutMs": 15_000,
  "auth.cooldowns.billingMaxHours": 5,
  "auth.cooldowns.failureWindowHours": 24,
  "models.providers.anthropic.baseUrl": "https://api.anthropic.com",
  "agents.defaults.model.primary": "anthropic/claude-opus-4-5",
  "agents.defaults.model.fallbacks": [],
  "gateway.port": gatewayPort,
  "gateway.bind": "loopback",
  "gateway.auth.mode": "token",
  "gateway.usage.retentionDays": 90,
  "gateway.drainSeconds": 10
}

/**
 * The default at a path: one value, or all defaults below it as an object; `undefined` where there
 * is none.
 */
export const at = (path: KeyPath): unknown => {
  const wanted = path.join(".")
  if (Object.hasOwn(defaults, wanted)) return defaults[wanted]
  const below = Object.entries(defaults).filter(
    ([name]) => wanted === "" || name.startsWith(`${wanted}.`)
  )
  return below.length === 0
    ? undefined
    : below.reduce<unknown>(
        (value, [name, item]) => JsonValue.set(value, name.split(".").slice(path.length), item),
        {}
      )
}
