/** One request as every attempt needs it, and what is reported of it at its end. */
import type { AgentId } from "@clawdbot/domain/Agent/AgentId"
import type { Created } from "@clawdbot/domain/Anthropic/MessageState"
import type { RequestFacts } from "@clawdbot/domain/Anthropic/RequestScan"
import { creates } from "@clawdbot/domain/Anthropic/Resource"
import { Affinity } from "@clawdbot/domain/Auth/Affinity"
import type { Trail } from "@clawdbot/domain/Auth/Attempt"
import { goesByQuota } from "@clawdbot/domain/Auth/AuthFacts"
import type { AuthRequest } from "@clawdbot/domain/Auth/AuthRequest"
import { conversationOf, isSubAgent } from "@clawdbot/domain/Auth/conversationOf"
import { answeringModel } from "@clawdbot/domain/Auth/modelFallback"
import { shortText } from "@clawdbot/domain/Bounded/shortText"
import type { Config } from "@clawdbot/domain/Config/Config"
import { isCacheWatched } from "@clawdbot/domain/Config/isCacheWatched"
import { providerEntry } from "@clawdbot/domain/Config/provider"
import { ifDefined } from "@clawdbot/domain/Document/defined"
import type { ProfileId } from "@clawdbot/domain/Profile/ProfileId"
import * as ProviderId from "@clawdbot/domain/Profile/ProviderId"
import type { AnswerUsage } from "@clawdbot/domain/Usage/AnswerUsage"
import { isObject } from "@clawdbot/json5-edit/JsonValue"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Admitted } from "./admission.ts"
import type { CacheWatch } from "./CacheWatch.ts"
import type { Outgoing } from "./exchange.ts"
import { headerOf, type Incoming } from "./Incoming.ts"
import type { Prepared } from "./Prepared.ts"
import type * as Pinned from "./pinned.ts"
import * as QuotaLearning from "./QuotaLearning.ts"
import type { Account, RelayRequest } from "./RelayRequest.ts"
import { movedFrom, type ServedRequest, type TraceFacts, type Used } from "./ServedRequest.ts"
import { configuredTtl } from "./ttlBody.ts"
import { assumed, charged, usedBy } from "./usedBy.ts"

const noHeaders: Readonly<Record<string, string>> = {}

/**
 * Whether a request is one that uses tokens: counting them, batches and the rest do not, or report
 * it elsewhere.
 */
const usesTokens = (method: string, path: string): boolean =>
  method === "POST" && (path === "/v1/messages" || path.startsWith("/v1/messages?"))

/** The provider's own reason for a miss: null says that there was none. */
const missReasonIn = ({ diagnostics }: Readonly<Record<string, unknown>>): string | undefined => {
  if (!isObject(diagnostics)) return undefined
  const { cache_miss_reason: reason } = diagnostics
  if (reason === null) return "none"
  const name = isObject(reason) ? reason.type : reason
  return typeof name === "string" ? shortText(name) : undefined
}

/** Takes what an answer says of itself. Its model and its id are the provider's words. */
const noteMessage = (trace: TraceFacts, message: Readonly<Record<string, unknown>>): void => {
  const { id, model, stop_reason } = message
  if (typeof id === "string") trace.messageId = shortText(id)
  if (typeof model === "string") trace.messageModel = shortText(model)
  if (typeof stop_reason === "string") trace.stopReason = shortText(stop_reason)
}

const traceFacts = ({ request }: Incoming, { conversation }: AuthRequest): TraceFacts => ({
  traceParent: headerOf(request, "traceparent"),
  conversation,
  messageId: undefined,
  messageModel: undefined,
  stopReason: undefined
})

const authRequest = (
  { request }: Incoming,
  agent: AgentId,
  { fast, model, userId }: RequestFacts
): AuthRequest => {
  const header = (name: string) => headerOf(request, name)
  return {
    agent,
    provider: ProviderId.anthropic,
    model,
    fast,
    path: request.url ?? "/",
    conversation: conversationOf(header, userId),
    background: isSubAgent(header)
  }
}

/** How requests are prepared. */
export interface PrepareOptions {
  readonly answerHeaders: Readonly<Record<string, string>>
  /** Hears at a request's end; gives what is left to do about it. */
  readonly observe: (served: ServedRequest) => Effect.Effect<void> | undefined
  /** Whether `observe` is told which profile a conversation was moved from. */
  readonly recordsSkipped: boolean
  /** Whether `observe` is told what a trace is made of. */
  readonly isTraced: boolean
  readonly pinned: Effect.Effect.Success<typeof Pinned.make>
  /** Says what the prompt cache did. */
  readonly cache: CacheWatch
  /** Epoch ms. */
  readonly now: () => number
}

/** Prepares requests. */
export const make = ({
  answerHeaders,
  cache,
  isTraced,
  recordsSkipped,
  now,
  observe,
  pinned
}: PrepareOptions) =>
  Effect.map(Effect.all([Affinity, QuotaLearning.make]), ([affinity, learn]) => {
    const onCreated = (agent: AgentId, created: Created, creator: ProfileId) =>
      pinned.note(agent, created, creator, now())

    const conversationBefore = ({ agent, conversation }: AuthRequest, at: number) => {
      if (!recordsSkipped || conversation === undefined) return undefined
      return affinity.lookUp(agent, conversation, at)
    }

    return (
      config: Config,
      incoming: Incoming,
      agent: AgentId,
      { facts, limitsOf, reserved }: Admitted,
      body: Buffer,
      run: RelayRequest["run"]
    ) => {
      const { client, turns, request, response } = incoming
      const method = request.method ?? "GET"
      const path = request.url ?? "/"
      const asked = authRequest(incoming, agent, facts)
      const used: Array<Used> = []
      const byQuota = goesByQuota(config)
      const trace = isTraced ? traceFacts(incoming, asked) : undefined
      let firstByteAt: number | undefined
      let last: { readonly account: Account; readonly answer: AnswerUsage | undefined } | undefined
      let missReason: string | undefined
      const isMessage = usesTokens(method, path)
      const onMessage = (message: Readonly<Record<string, unknown>>): void => {
        missReason = missReasonIn(message) ?? missReason
        if (trace !== undefined) noteMessage(trace, message)
      }
      const onUsage = (account: Account, answer: AnswerUsage | undefined): void => {
        last = { account, answer }
        const model = prepared.other?.model ?? facts.model
        const one = usedBy(account, answer, model, config, now())
        if (prepared.other !== undefined) one.model = model
        used.push(one)
        if (byQuota && answer !== undefined)
          learn({
            account,
            answer,
            cost: one.cost,
            hasOwnPrices: config.pricing !== undefined,
            model,
            thread: ifDefined(asked.conversation, (conversation) => ({
              agent,
              conversation,
              model
            })),
            at: now()
          })
        if (reserved !== undefined) one.assumed = assumed(account.kind, one, reserved)
      }
      const ttl = configuredTtl(config, method, path, facts.model)
      const outgoing: Outgoing = {
        method,
        path,
        rawHeaders: request.rawHeaders,
        model: facts.model,
        fast: facts.fast,
        stream: facts.stream === true,
        configuredHeaders: providerEntry(config, ProviderId.anthropic)?.headers ?? noHeaders,
        answerHeaders,
        limitsOf,
        turns,
        agent,
        creates: creates(method, path),
        unknown: pinned.unknownIn(agent, path),
        inThread: facts.state?.inThread === true,
        runsCode: facts.state?.runsCode === true,
        onCreated,
        run,
        onAccepted: undefined,
        onBegin: (at) => {
          firstByteAt = at
        },
        onMessage: isMessage ? onMessage : undefined,
        onUsage: isMessage ? onUsage : undefined
      }
      const startedAt = now()
      const before = conversationBefore(asked, startedAt)
      const cacheOf = (trail: Trail, endedAt: number, status: number) => {
        if (!isMessage || body.length === 0) return undefined
        if (!isCacheWatched(config)) return void cache.forget()
        return cache.take({
          body,
          betas: headerOf(request, "anthropic-beta"),
          model: prepared.other?.model ?? facts.model ?? "",
          client: client?.name,
          conversation: asked.conversation,
          startedAt,
          firstByteAt,
          endedAt,
          status,
          account: last?.account,
          answer: last?.answer,
          movedBecause: trail.length < 2 ? undefined : trail[0]?.failureClass,
          provider: missReason,
          config
        })
      }
      const report: Prepared["report"] = (trail, failure, skipped) => {
        const endedAt = now()
        if (answeringModel(trail) === undefined) prepared.other = undefined
        const { other } = prepared
        const status = response.headersSent ? response.statusCode : 0
        const rest = observe({
          method,
          path,
          model: other?.model ?? facts.model,
          stream: outgoing.stream,
          startedAt,
          firstByteAt,
          endedAt,
          status,
          trail,
          skipped: skipped?.filter((one) => !trail.some(({ profile }) => profile === one.profile)),
          movedFrom: movedFrom(before, trail),
          agent,
          used,
          ttl: Option.getOrUndefined(other?.ttl ?? ttl),
          client: client?.name,
          failure,
          held: prepared.held,
          fallback: other && { asked: facts.model, words: other.words },
          cache: cacheOf(trail, endedAt, status),
          trace
        })
        // After the ledger has it, and before anything else runs: what is settled is in the ledger.
        if (reserved !== undefined) reserved.settle(charged(used, reserved), now())
        return rest
      }
      const prepared: Prepared = {
        asked,
        outgoing,
        startedAt,
        report,
        ttl,
        other: undefined,
        held: undefined
      }
      return prepared
    }
  })
