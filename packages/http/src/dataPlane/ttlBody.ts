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
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
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

const withTtl = (body: Buffer, ttl: CacheControlTtl): Effect.Effect<Buffer> =>
  Effect.suspend(() => {
    const result = splice(body, ttl)
    switch (result._tag) {
      case "Unchanged":
        return Effect.succeed(body)
      case "LeftAlone":
        return Effect.as(Metric.update(cacheTtlLeftAlone.metric, result.reason), body)
      case "Spliced": {
        const { buffer, byteLength, byteOffset } = result.body
        return Effect.as(
          Metric.increment(cacheTtlSet.metric),
          Buffer.from(buffer, byteOffset, byteLength)
        )
      }
    }
  })

/**
 * Gives the body for each credential of a request; it is changed at most once, when the first API
 * key comes up.
 */
export const bodyFor = (
  body: Buffer,
  ttl: Option.Option<CacheControlTtl>
): Effect.Effect<(use: Pick<CredentialUse, "kind">) => Effect.Effect<Buffer>> => {
  const asItIs = Effect.succeed(body)
  if (Option.isNone(ttl)) return Effect.succeed(() => asItIs)
  return Effect.map(
    Effect.cached(withTtl(body, ttl.value)),
    (changed) =>
      ({ kind }) =>
        kind === "api_key" ? changed : asItIs
  )
}
