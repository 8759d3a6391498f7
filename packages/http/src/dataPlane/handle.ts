/**
 * The data plane: one request to `/v1/*`, from the client's token to the last byte
 * (docs/architecture.md, "The path of a request").
 */
import type { IncomingMessage, ServerResponse } from "node:http"
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import * as AgentRegistry from "@clawdbot/domain/Agent/AgentRegistry"
import { type ErrorAnswer, make as makeError } from "@clawdbot/domain/Anthropic/ErrorEnvelope"
import type { Created } from "@clawdbot/domain/Anthropic/MessageState"
import { type RequestFacts, scan } from "@clawdbot/domain/Anthropic/RequestScan"
import { creates } from "@clawdbot/domain/Anthropic/Resource"
import { Affinity } from "@clawdbot/domain/Auth/Affinity"
import type { Trail, TrailEntry } from "@clawdbot/domain/Auth/Attempt"
import type { AuthRequest } from "@clawdbot/domain/Auth/AuthRequest"
import { AuthResolver, type ResolveError } from "@clawdbot/domain/Auth/AuthResolver"
import type { CredentialUse } from "@clawdbot/domain/Auth/CredentialUse"
import { conversationOf } from "@clawdbot/domain/Auth/conversationOf"
import { Failover, type Walked } from "@clawdbot/domain/Auth/Failover"
import type { Client } from "@clawdbot/domain/Client/ClientTokens"
import type { Config } from "@clawdbot/domain/Config/Config"
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import { providerEntry } from "@clawdbot/domain/Config/provider"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import type { ProfileId } from "@clawdbot/domain/Profile/ProfileId"
import * as ProviderId from "@clawdbot/domain/Profile/ProviderId"
import { standardPatience, UpstreamClient } from "@clawdbot/node/Upstream/UpstreamClient"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { type ClientPace, requestCost } from "../Pace.ts"
import { newRequestId, renderError, send } from "../respond.ts"
import { sendHeld } from "./Answer.ts"
import type { Exchanged } from "./AnswerRelay.ts"
import { type BodyShare, makeBudget } from "./BodyBudget.ts"
import { bodyLimit } from "./bodyLimit.ts"
import * as Exchange from "./exchange.ts"
import * as Pinned from "./pinned.ts"
import { type BegunBody, type BodyError, readBody } from "./readBody.ts"
import { bodyRefused, lingerMs, refuseBody, refuseTinyChunks } from "./refuseBody.ts"
import {
  type LocalResponse,
  movedFrom,
  passedOver,
  type ServedRequest,
  type SkippedProfile,
  type Used
} from "./ServedRequest.ts"
import { bodyFor, configuredTtl } from "./ttlBody.ts"
import * as Uploads from "./uploads.ts"

const one = (value: string | ReadonlyArray<string> | undefined): string | undefined => {
  const text = typeof value === "string" ? value : value?.[0]
  if (text === undefined || text.trim() === "") return undefined
  return text.trim()
}

const noHeaders: Readonly<Record<string, string>> = {}

/** How many agents that the config does not know clients may name. */
const maxAdHocAgents = 250

const tooManyAgents = (): ErrorAnswer =>
  makeError({
    status: 400,
    type: "invalid_request_error",
    message:
      "x-clawdbot-agent has named too many agents that the config does not list; add " +
      "the agents you use to agents.list",
    code: "TooManyAgents",
    requestId: newRequestId()
  })

/**
 * Whether a request is one that uses tokens: counting them, batches and the rest do not, or tell of
 * it elsewhere.
 */
const usesTokens = (method: string, path: string): boolean =>
  method === "POST" && (path === "/v1/messages" || path.startsWith("/v1/messages?"))

const limitOf = ({ method, url }: IncomingMessage): number => bodyLimit(method, url ?? "/")

/**
 * Runs an effect that comes of a request; nothing that goes wrong in it is left without an answer.
 */
type Run = (effect: Effect.Effect<void>) => void

/** What is left to do about a request: nothing, for most. */
type Rest = Effect.Effect<void> | undefined

/**
 * Takes a step of a request, and runs what comes of it. What goes wrong in the step does so as if
 * it were part of that.
 */
const step = (run: Run, take: () => Rest): void => {
  let rest: Rest
  try {
    rest = take()
  } catch (defect) {
    rest = Effect.die(defect)
  }
  if (rest !== undefined) run(rest)
}

/**
 * Takes a request. `run` runs what comes of it that has to wait for more than a body and an answer.
 */
export type DataPlane = (
  request: IncomingMessage,
  response: ServerResponse,
  run: Run,
  client: Client | undefined,
  pace: ClientPace
) => void

/** How the data plane is set up. */
export interface DataPlaneOptions {
  /** Go on every answer. */
  readonly answerHeaders: Readonly<Record<string, string>>
  /**
   * Hears of every request that wanted a credential, and says what has to be done about it, if
   * anything.
   */
  readonly observe: (served: ServedRequest) => Effect.Effect<void> | undefined
  /** Hears of every other one. */
  readonly answered: (request: IncomingMessage, answer: LocalResponse) => void
  /**
   * Whether `observe` is told which profiles a request passed over: that takes a dry run for each.
   */
  readonly explains: boolean
  /** How long a body that passes through may stand still, in ms. */
  readonly uploadIdleMs: number
}

/** The handler. */
export const make = ({
  answerHeaders,
  answered,
  explains,
  observe,
  uploadIdleMs
}: DataPlaneOptions) =>
  Effect.gen(function* () {
    const resolver = yield* AuthResolver
    const failover = yield* Failover
    const affinity = yield* Affinity
    const configs = yield* ConfigStore
    const paths = yield* StatePaths
    const upstream = yield* UpstreamClient
    const clock = yield* Effect.clock
    const now = () => clock.unsafeCurrentTimeMillis()
    const pinned = yield* Pinned.make
    const uploads = yield* Uploads.make(now, answerHeaders)
    const uploadTimes = { idleMs: uploadIdleMs, answerMs: standardPatience.headersMs }
    const budget = makeBudget()
    const onCreated = (agent: AgentId.AgentId, created: Created, creator: ProfileId) =>
      pinned.note(agent, created, creator, now())

    /** Agents that only requests name; each costs memory for as long as the gateway runs. */
    const adHocAgents = new Set<AgentId.AgentId>()

    /**
     * The agent of a request (decision D26b); undefined where clients have named too many that the
     * config does not know.
     */
    const agentOf = (request: IncomingMessage, config: Config, client: Client | undefined) => {
      const registry = AgentRegistry.fromConfig(config, paths)
      const named = one(request.headers["x-clawdbot-agent"])
      if (client?.agent !== undefined) return client.agent
      if (named === undefined) return registry.defaultAgent
      const agent = AgentId.normalize(named)
      if (adHocAgents.has(agent) || registry.agents.some(({ id }) => id === agent)) return agent
      if (adHocAgents.size >= maxAdHocAgents) return undefined
      adHocAgents.add(agent)
      return agent
    }

    const authRequest = (
      request: IncomingMessage,
      agent: AgentId.AgentId,
      facts: RequestFacts
    ): AuthRequest => {
      const conversation = conversationOf((name) => one(request.headers[name]), facts.userId)
      const { fast, model } = facts
      const path = request.url ?? "/"
      return { agent, provider: ProviderId.anthropic, model, fast, path, conversation }
    }

    const tellOwn = (
      request: IncomingMessage,
      client: Client | undefined,
      code: string,
      status: number
    ) => answered(request, { at: now(), status, client: client?.name, code })

    /** An answer of the gateway's own. */
    const own = (
      request: IncomingMessage,
      response: ServerResponse,
      client: Client | undefined,
      code: string,
      answer: ErrorAnswer
    ): void => {
      send(response, answer, answerHeaders)
      tellOwn(request, client, code, answer.status)
    }

    /** One request as every attempt needs it, and what is told of it at its end. */
    const prepare = (
      config: Config,
      request: IncomingMessage,
      response: ServerResponse,
      agent: AgentId.AgentId,
      facts: RequestFacts,
      client: Client | undefined,
      pace: ClientPace
    ) => {
      const method = request.method ?? "GET"
      const path = request.url ?? "/"
      const asked = authRequest(request, agent, facts)
      const used: Array<Used> = []
      const ttl = configuredTtl(config, method, path, facts.model)
      const outgoing: Exchange.Outgoing = {
        method,
        path,
        rawHeaders: request.rawHeaders,
        model: facts.model,
        fast: facts.fast,
        stream: facts.stream === true,
        configuredHeaders: providerEntry(config, ProviderId.anthropic)?.headers ?? noHeaders,
        answerHeaders,
        pace,
        agent,
        creates: creates(method, path),
        unknown: pinned.unknownIn(agent, path),
        inThread: facts.state?.inThread === true,
        runsCode: facts.state?.runsCode === true,
        onCreated,
        onAccepted: undefined,
        onUsage: usesTokens(method, path)
          ? (profile, usage) => void used.push({ profile, usage })
          : undefined
      }
      const startedAt = now()
      const { conversation } = asked
      const before =
        explains && conversation !== undefined
          ? affinity.lookUp(agent, conversation, startedAt)
          : undefined
      const tell = (
        trail: Trail,
        failure: string | undefined,
        others: ReadonlyArray<SkippedProfile> | undefined
      ): Rest =>
        observe({
          method,
          path,
          model: facts.model,
          startedAt,
          endedAt: now(),
          status: response.headersSent ? response.statusCode : 0,
          trail,
          passedOver: others?.filter(
            (one) => !trail.some(({ profile }) => profile === one.profile)
          ),
          movedFrom: movedFrom(before, trail),
          agent: asked.agent,
          used,
          ttl: Option.getOrUndefined(ttl),
          client: client?.name,
          failure
        })
      return { asked, outgoing, startedAt, tell, ttl }
    }

    const serveBy = (
      config: Config,
      request: IncomingMessage,
      response: ServerResponse,
      body: Buffer,
      client: Client | undefined,
      pace: ClientPace,
      run: Run
    ): Rest => {
      const agent = agentOf(request, config, client)
      if (agent === undefined)
        return void own(request, response, client, "TooManyAgents", tooManyAgents())
      const facts = body.length === 0 ? {} : scan(body)
      const prepared = prepare(config, request, response, agent, facts, client, pace)
      const { asked, outgoing, startedAt, ttl } = prepared
      let others: ReadonlyArray<SkippedProfile> | undefined
      const finish = ({ result, trail }: Walked<Exchanged>): Rest => {
        if (result._tag === "Refused" && result.value !== undefined)
          sendHeld(response, result.value)
        return prepared.tell(trail, undefined, others)
      }
      const trail: Array<TrailEntry> = []
      const fail = (error: ResolveError): Effect.Effect<void> => {
        send(response, renderError(error, now()), answerHeaders)
        return prepared.tell(trail, error._tag, others) ?? Effect.void
      }
      const asking = { path: outgoing.path, body, state: facts.state, now: startedAt }
      const creator = pinned.creatorOf(agent, asking)
      const attempt = (use: CredentialUse, onAccepted: () => void, sent: Buffer) =>
        Exchange.exchange(upstream, outgoing, response, now, use, sent, onAccepted)
      const sending =
        creator === undefined && Option.isNone(ttl) && !explains
          ? failover.begin(asked, startedAt)
          : undefined
      if (sending === undefined) {
        return Effect.gen(function* () {
          if (explains) others = passedOver(yield* resolver.explain(asked))
          const bound = yield* pinned.bind(asked, creator)
          const bodyOf = yield* bodyFor(body, ttl)
          const withBody = (use: CredentialUse, onAccepted: () => void) =>
            Effect.flatMap(bodyOf(use), (sent) => attempt(use, onAccepted, sent))
          yield* finish(yield* failover.run(bound, withBody, trail)) ?? Effect.void
        }).pipe(Effect.catchAll(fail))
      }
      // Nearly every request: everything is known, and the first credential answers. Whatever else
      // happens goes on as an effect.
      Exchange.send(upstream, outgoing, response, now, sending.use, body, (result) =>
        step(run, () => {
          const sent = failover.end(sending, result, now())
          if (result._tag === "Answered" || result._tag === "Abandoned")
            return finish({ result, trail: [sent.entry] })
          return failover
            .run(asked, (use, accepted) => attempt(use, accepted, body), trail, sent)
            .pipe(
              Effect.flatMap((last) => finish(last) ?? Effect.void),
              Effect.catchAll(fail)
            )
        })
      )
      return undefined
    }

    /** A request whose body passes through: one credential, chosen by the beginning. */
    const upload = (
      request: IncomingMessage,
      response: ServerResponse,
      begun: BegunBody,
      share: BodyShare,
      client: Client | undefined,
      pace: ClientPace
    ): Effect.Effect<void> =>
      Effect.gen(function* () {
        const { config } = yield* configs.load
        const agent = agentOf(request, config, client)
        if (agent === undefined) {
          tellOwn(request, client, "TooManyAgents", 400)
          return yield* refuseBody(request, response, tooManyAgents(), answerHeaders)
        }
        const { asked, outgoing, tell } = prepare(
          config,
          request,
          response,
          agent,
          {},
          client,
          pace
        )
        const others = explains ? passedOver(yield* resolver.explain(asked)) : undefined
        const trail: Array<TrailEntry> = []
        const failure = yield* uploads.serve({
          response,
          asked,
          outgoing,
          source: { request, begun, limit: limitOf(request), times: uploadTimes },
          onBeginningSent: share.close,
          trail
        })
        yield* tell(trail, failure, others) ?? Effect.void
      }).pipe(
        Effect.catchAll((error) =>
          Effect.suspend(() => {
            tellOwn(request, client, error._tag, renderError(error, now()).status)
            return refuseBody(request, response, renderError(error, now()), answerHeaders)
          })
        )
      )

    const serve = (
      request: IncomingMessage,
      response: ServerResponse,
      body: Buffer,
      client: Client | undefined,
      pace: ClientPace,
      run: Run
    ): Rest => {
      const known = configs.current()
      if (known !== undefined)
        return serveBy(known.config, request, response, body, client, pace, run)
      return configs.load.pipe(
        Effect.flatMap(
          ({ config }) => serveBy(config, request, response, body, client, pace, run) ?? Effect.void
        ),
        Effect.catchAll((error) =>
          Effect.sync(() => own(request, response, client, error._tag, renderError(error, now())))
        )
      )
    }

    const withoutBody = (
      request: IncomingMessage,
      response: ServerResponse,
      error: BodyError,
      client: Client | undefined,
      pace: ClientPace
    ): Rest => {
      if (error._tag === "BodyIncomplete") {
        // Where the server itself ended it, for its slowness, the status says so.
        tellOwn(request, client, error._tag, response.statusCode === 200 ? 0 : response.statusCode)
        return void response.destroy()
      }
      const answer = bodyRefused(error)
      tellOwn(request, client, error._tag, answer.status)
      if (error._tag === "BodyInTinyChunks")
        return void refuseTinyChunks(request, response, answer, answerHeaders)
      return refuseBody(request, response, answer, answerHeaders, { totalMs: lingerMs, pace })
    }

    const handle: DataPlane = (request, response, run, client, pace) => {
      const share = budget.open(client?.name ?? "")
      let isWaiting = false
      // A body that waits for its client's time is held, also when the client has left meanwhile.
      response.on("close", () => {
        if (!isWaiting) share.close()
      })
      const serveBody = (body: Buffer | BegunBody | BodyError) => {
        pace.spend(requestCost)
        step(run, () => {
          if (Buffer.isBuffer(body)) return serve(request, response, body, client, pace, run)
          if (body._tag === "BegunBody") return upload(request, response, body, share, client, pace)
          return withoutBody(request, response, body, client, pace)
        })
      }
      readBody(request, share, limitOf(request), pace, (body) => {
        if (!pace.isOver()) return serveBody(body)
        isWaiting = true
        pace.defer(() => {
          isWaiting = false
          if (response.destroyed) share.close()
          serveBody(body)
        })
      })
    }
    return handle
  })
