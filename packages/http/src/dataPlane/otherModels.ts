/**
 * Other models for a message that no credential can answer with the model it names (decision D58):
 * which may be tried, and what is sent then.
 */
import { modelPlace, withModel } from "@clawdbot/domain/Anthropic/ModelSplice"
import type { TrailEntry } from "@clawdbot/domain/Auth/Attempt"
import type { ResolveError } from "@clawdbot/domain/Auth/AuthResolver"
import type { Failover, Walked } from "@clawdbot/domain/Auth/Failover"
import {
  type FallbackCause,
  fallbackHeader,
  inWords,
  strictHeader
} from "@clawdbot/domain/Auth/modelFallback"
import { type OtherModel, orOtherModel } from "@clawdbot/domain/Auth/orOtherModel"
import { reserveOf } from "@clawdbot/domain/Budget/reserveOf"
import type { Config } from "@clawdbot/domain/Config/Config"
import { fallbackModels, isExcepted, isOn } from "@clawdbot/domain/Model/fallbackModels"
import { featuresOf, lacking, type ModelDemands } from "@clawdbot/domain/Model/modelFeatures"
import type { UpstreamClient } from "@clawdbot/node/Upstream/UpstreamClient"
import type * as Effect from "effect/Effect"
import type { Exchanged } from "./Answer.ts"
import type { Admitted } from "./admission.ts"
import * as Exchange from "./exchange.ts"
import { headerOf, type Incoming } from "./Incoming.ts"
import type { Prepared, SentFallback } from "./Prepared.ts"
import { bodyFor, configuredTtl } from "./ttlBody.ts"

/** A request that may go with another model. */
interface FallbackSource {
  readonly config: Config
  readonly incoming: Incoming
  readonly admission: Admitted
  readonly body: Buffer
  readonly prepared: Prepared
}

const isMessage = ({ method, url }: Incoming["request"]): boolean =>
  method === "POST" && /^\/v1\/messages(\?|$)/.test(url ?? "")

/** A message that nothing binds to its model: it names no thread, container, credit or skill. */
const isFree = ({ facts }: Admitted): boolean =>
  facts.state === undefined || (!facts.state.inThread && facts.state.references.length === 0)

const isStrict = ({ headers }: Incoming["request"]): boolean => {
  const value = headers[strictHeader]
  return value !== undefined && String(value).trim().toLowerCase() !== "false"
}

/** Whether a request may go with another model. Costs a look at the config where none may. */
const mayFallBack = (config: Config, { client, request }: Incoming, admission: Admitted): boolean =>
  isOn(config) &&
  isMessage(request) &&
  isFree(admission) &&
  !isStrict(request) &&
  !isExcepted(config, client?.name)

/** The beta by which some models take a prompt of a million tokens. */
const longContextBeta = "context-1m-"

/**
 * Of a client with a budget: whether a model's answer may cost more than was reserved for that of
 * the model that was asked for.
 */
const isDearer = (
  { admission, body, config }: FallbackSource,
  { maxTokens }: ModelDemands,
  model: string,
  at: number
): boolean => {
  const { facts, reserved } = admission
  if (reserved === undefined) return false
  const asked = { model, fast: facts.fast, maxTokens, bodyBytes: body.length }
  return reserveOf({ ...asked, pricing: config.pricing, at }).usd > reserved.amounts.usd
}

/** The request as it is sent with another model, whose answer says so. */
const sentWith = (prepared: Prepared, other: SentFallback): Exchange.Outgoing => {
  const { outgoing } = prepared
  prepared.other = other
  const answerHeaders = { ...outgoing.answerHeaders, [fallbackHeader]: other.words }
  return { ...outgoing, model: other.model, answerHeaders }
}

/**
 * The models that can take a request as it is, in order, each as an attempt with it. `now` gives
 * epoch ms.
 */
function* otherModels(
  source: FallbackSource,
  cause: FallbackCause,
  upstream: UpstreamClient["Type"],
  now: () => number
): Generator<OtherModel<Exchanged>> {
  const { admission, body, config, incoming, prepared } = source
  const { request, response } = incoming
  const { asked, others } = fallbackModels(
    config,
    prepared.asked.agent,
    admission.facts.model ?? ""
  )
  const place = others.length === 0 ? undefined : modelPlace(body)
  if (place === undefined) return
  const longContext = headerOf(request, "anthropic-beta")?.includes(longContextBeta) === true
  const demands = { ...place.demands, longContext }
  for (const model of others) {
    const features = featuresOf(model)
    if (features === undefined || lacking(demands, features) !== undefined) continue
    if (isDearer(source, demands, model, now())) continue
    const changed = Buffer.from(withModel(body, place, model).buffer)
    const ttl = configuredTtl(config, "POST", "/v1/messages", model)
    const outgoing = sentWith(prepared, { model, words: inWords(asked, model, cause), ttl })
    const bodyOf = bodyFor(changed, ttl)
    yield {
      model,
      attempt: (use, onAccepted) =>
        Exchange.exchange(upstream, outgoing, response, now, use, bodyOf(use), onAccepted)
    }
  }
}

/**
 * Gives how a request ended with its own model, or where that cannot answer, how it ended with
 * another one. `ended` itself where no other model may answer: by default.
 */
export const make =
  (failover: Pick<Failover, "run">, upstream: UpstreamClient["Type"], now: () => number) =>
  (
    ended: Effect.Effect<Walked<Exchanged>, ResolveError>,
    config: Config,
    incoming: Incoming,
    admission: Admitted,
    body: Buffer,
    prepared: Prepared,
    trail: Array<TrailEntry>
  ): Effect.Effect<Walked<Exchanged>, ResolveError> => {
    if (!mayFallBack(config, incoming, admission)) return ended
    const source = { config, incoming, admission, body, prepared }
    return orOtherModel(failover, prepared.asked, ended, trail, (cause) =>
      otherModels(source, cause, upstream, now)
    )
  }
