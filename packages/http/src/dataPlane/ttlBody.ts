/**
 * The body for a credential: the client's own, but for the configured cache lifetime of API-key
 * requests (decisions S4, D27).
 */
import { splice } from "@clawdbot/domain/Anthropic/CacheTtl"
import type { CredentialUse } from "@clawdbot/domain/Auth/CredentialUse"
import { boundedMemo } from "@clawdbot/domain/Bounded/boundedMemo"
import type { CacheControlTtl } from "@clawdbot/domain/Config/agentsSection"
import type { Config } from "@clawdbot/domain/Config/Config"
import { cacheTtlLeftAlone, cacheTtlSet } from "@clawdbot/domain/Metric/processMetrics"
import { cacheControlTtl } from "@clawdbot/domain/Model/ModelCatalog"
import * as ModelRef from "@clawdbot/domain/Model/ModelRef"
import * as Option from "effect/Option"

/** Worked out once for each model of a config. */
const known = new WeakMap<Config, (model: string) => Option.Option<CacheControlTtl>>()

const ttlOf = (config: Config, model: string): Option.Option<CacheControlTtl> => {
  const before = known.get(config)
  if (before !== undefined) return before(model)
  const ofModel = boundedMemo((name) =>
    Option.flatMap(ModelRef.parse(name), (ref) => cacheControlTtl(config, ref))
  )
  known.set(config, ofModel)
  return ofModel(model)
}

/** The lifetime configured for a request's model. Only messages have breakpoints that are kept. */
export const configuredTtl = (
  config: Config,
  method: string,
  path: string,
  model: string | undefined
): Option.Option<CacheControlTtl> => {
  if (method === "POST" && /^\/v1\/messages(\?|$)/.test(path) && model !== undefined)
    return ttlOf(config, model)
  return Option.none()
}

const withTtl = (body: Buffer, ttl: CacheControlTtl): Buffer => {
  const result = splice(body, ttl)
  switch (result._tag) {
    case "Unchanged":
      return body
    case "LeftAlone":
      cacheTtlLeftAlone.metric.unsafeUpdate(result.reason, [])
      return body
    case "Spliced": {
      const { buffer, byteLength, byteOffset } = result.body
      cacheTtlSet.metric.unsafeUpdate(1, [])
      return Buffer.from(buffer, byteOffset, byteLength)
    }
  }
}

/**
 * Gives the body for each credential of a request; it is changed at most once, when the first API
 * key comes up. Without an effect, as nearly every request is sent without one.
 */
export const bodyFor = (
  body: Buffer,
  ttl: Option.Option<CacheControlTtl>
): ((use: Pick<CredentialUse, "kind">) => Buffer) => {
  if (Option.isNone(ttl)) return () => body
  let changed: Buffer | undefined
  return ({ kind }) => {
    if (kind !== "api_key") return body
    changed ??= withTtl(body, ttl.value)
    return changed
  }
}
