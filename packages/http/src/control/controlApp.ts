/**
 * The handlers of the control plane, as a function from a web request to a web response. Loaded
 * when the first request for it comes.
 */

import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import type { AgentRegistry } from "@clawdbot/domain/Agent/AgentRegistry"
import type { AuthRequest } from "@clawdbot/domain/Auth/AuthRequest"
import type { FactsError, ResolveError } from "@clawdbot/domain/Auth/AuthResolver"
import type { IssuedToken } from "@clawdbot/domain/Auth/IssuedToken"
import type { AnswerReport, ReportOutcome } from "@clawdbot/domain/Auth/reportOutcome"
import type { BudgetReport } from "@clawdbot/domain/Budget/BudgetReport"
import type { ConfigInvalid, ConfigUnavailable } from "@clawdbot/domain/Config/ConfigError"
import { ifDefined } from "@clawdbot/domain/Document/defined"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import * as ProviderId from "@clawdbot/domain/Profile/ProviderId"
import type { CacheSummary } from "@clawdbot/domain/PromptCache/CacheReport"
import type { AuthStatus } from "@clawdbot/domain/Status/AuthStatus"
import type { UsageSpan, UsageUnavailable } from "@clawdbot/domain/Usage/UsageLedger"
import { type Grouping, parseGroupings, type UsageReport } from "@clawdbot/domain/Usage/UsageReport"
import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import * as HttpServer from "@effect/platform/HttpServer"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as OpenApi from "@effect/platform/OpenApi"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import type * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import type { Link } from "../dashboard/DashboardSession.ts"
import { ConfigOther, ControlApi, GroupingUnknown, SocketOnly } from "./Api.ts"
import { docsPage } from "./docsPage.ts"
import type { GatewayInfo } from "./GatewayInfo.ts"
import type { RequestLog, RequestRecord } from "./RequestLog.ts"

/** What the control plane tells, and where it gets that from. */
export interface ControlSources {
  /** The part `auth` of the status document of an agent; without one, of the default agent. */
  readonly status: (agent: AgentId.AgentId | undefined) => Effect.Effect<AuthStatus, FactsError>
  readonly requests: RequestLog
  /** Figures in Prometheus' text format. */
  readonly metrics: Effect.Effect<string>
  /** What the prompt cache did since a moment, in epoch ms; without one, as far as is known. */
  readonly cache: (since: number | undefined) => CacheSummary
  /** The clients with budgets. */
  readonly budgets: () => BudgetReport
  readonly usage: (
    span: UsageSpan,
    by: ReadonlyArray<Grouping>
  ) => Effect.Effect<UsageReport, UsageUnavailable>
  /** Agents whose health changed. */
  readonly healthChanges: Stream.Stream<AgentId.AgentId>
  /**
   * Done when the gateway is told to stop: streams of events end then, so that nobody waits for
   * them.
   */
  readonly stopping: Deferred.Deferred<void>
  readonly issueToken: (request: AuthRequest) => Effect.Effect<IssuedToken, ResolveError>
  /** Takes what the provider answered to a program that was given a credential (decision D50). */
  readonly takeReport: (report: AnswerReport) => Effect.Effect<ReportOutcome, ResolveError>
  /** The version of the config file that others may go by unread; undefined where none is. */
  readonly configVersion: () => string | undefined
  readonly agents: Effect.Effect<AgentRegistry, ConfigInvalid | ConfigUnavailable>
  /** What the gateway says of its own process. */
  readonly gateway: Effect.Effect<GatewayInfo>
  /** The client token in force, and what sets it; no token where none is wanted. */
  readonly clientToken: OwnClientToken
  /** Makes a link to the dashboard that works once. */
  readonly offerLink: () => Link
}

/** The gateway's own client token. */
export interface OwnClientToken {
  readonly token: Redacted.Redacted | undefined
  /** The config key or variable that sets it; undefined where the gateway created it. */
  readonly from: string | undefined
}

/**
 * How a request came: over the network with the admin token, or over the socket of the state
 * folder.
 */
export type Via = "tcp" | "socket"

class Arrival extends Context.Reference<Arrival>()("@clawdbot/http/control/controlApp/Arrival", {
  defaultValue: (): Via => "tcp"
}) {}

const weekMs = 7 * 24 * 3_600_000
/** Proxies drop connections that are silent for a minute. */
const heartbeat = "15 seconds"

const event = (name: string, data: unknown): string =>
  `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`

const records = (log: RequestLog): Stream.Stream<RequestRecord> =>
  Stream.asyncPush<RequestRecord>(
    (emit) =>
      Effect.acquireRelease(
        Effect.sync(() => log.subscribe((record) => void emit.single(record))),
        (stop) => Effect.sync(stop)
      ),
    // A reader that does not keep up misses the oldest ones; it can ask for them at
    // /clawdbot/requests.
    { bufferSize: 1_000, strategy: "sliding" }
  )

/** The agent that is named, or the default one. */
const agentOf = (sources: ControlSources, name: string | undefined) => {
  if (name !== undefined) return Effect.succeed(AgentId.normalize(name))
  return Effect.map(sources.agents, ({ defaultAgent }) => defaultAgent)
}

const handlers = (sources: ControlSources) =>
  HttpApiBuilder.group(ControlApi, "control", (group) =>
    group
      .handle("status", ({ urlParams: { agent } }) =>
        sources.status(ifDefined(agent, AgentId.normalize))
      )
      .handle("agents", () =>
        Effect.map(sources.agents, ({ agents, defaultAgent }) => ({
          defaultAgent,
          agents: agents.map(({ id }) => id)
        }))
      )
      .handle("dashboard", () =>
        Effect.flatMap(Arrival, (via) =>
          via === "socket" ? Effect.sync(sources.offerLink) : Effect.fail(new SocketOnly())
        )
      )
      .handle("gateway", () => sources.gateway)
      .handle("clientToken", () =>
        Effect.flatMap(Arrival, (via) => {
          if (via !== "socket") return Effect.fail(new SocketOnly())
          const { from, token } = sources.clientToken
          return Effect.succeed({ token: token ?? null, from })
        })
      )
      .handle("metrics", () => sources.metrics)
      .handle("cache", ({ urlParams: { since } }) => Effect.sync(() => sources.cache(since)))
      .handle("budgets", () => Effect.sync(sources.budgets))
      .handle("requests", ({ urlParams }) =>
        Effect.sync(() => sources.requests.last(urlParams.limit))
      )
      .handle("usage", ({ urlParams }) =>
        Effect.gen(function* () {
          const until = urlParams.until ?? (yield* Clock.currentTimeMillis) + 1
          const asked = urlParams.by ?? "profile,model"
          const by = parseGroupings(asked)
          if (by === undefined) return yield* new GroupingUnknown({ by: asked })
          return yield* sources.usage({ since: urlParams.since ?? until - weekMs, until }, by)
        })
      )
      .handleRaw("events", () =>
        Effect.succeed(
          HttpServerResponse.stream(
            Stream.mergeAll(
              [
                Stream.make(": clawdbot\n\n"),
                Stream.map(records(sources.requests), (record) => event("request", record)),
                Stream.map(sources.healthChanges, (agent) => event("health", { agent })),
                Stream.as(Stream.fromSchedule(Schedule.spaced(heartbeat)), ": still here\n\n")
              ],
              { concurrency: "unbounded" }
            ).pipe(Stream.interruptWhenDeferred(sources.stopping), Stream.encodeText),
            { contentType: "text/event-stream", headers: { "x-accel-buffering": "no" } }
          )
        )
      )
      .handle("report", ({ payload }) =>
        Effect.gen(function* () {
          if ((yield* Arrival) !== "socket") return yield* new SocketOnly()
          const { body, model, profile, retryAfter, status, version } = payload
          return yield* sources.takeReport({
            agent: yield* agentOf(sources, payload.agent),
            profile: ProfileId.of(profile),
            status,
            retryAfter: ifDefined(retryAfter, String),
            model,
            version,
            body
          })
        })
      )
      .handle("ownToken", ({ payload: { config } }) =>
        Effect.gen(function* () {
          if ((yield* Arrival) !== "socket") return yield* new SocketOnly()
          if (config !== sources.configVersion()) return yield* new ConfigOther()
          const agent = yield* agentOf(sources, undefined)
          return yield* sources.issueToken({ agent, provider: ProviderId.anthropic })
        })
      )
      .handle("token", ({ payload }) =>
        Effect.gen(function* () {
          if ((yield* Arrival) !== "socket") return yield* new SocketOnly()
          return yield* sources.issueToken({
            agent: yield* agentOf(sources, payload.agent),
            provider: ProviderId.anthropic,
            profile: ifDefined(payload.profile?.trim() || undefined, ProfileId.of),
            model: payload.model?.trim() || undefined
          })
        })
      )
  )

/** The document that says what the control plane offers. */
export const openApi = OpenApi.fromApi(ControlApi)

/** Answers control requests that may pass. */
export type ControlApp = (request: Request, via: Via) => Promise<Response>

/** The control plane over its sources. */
export const make = (sources: ControlSources): ControlApp => {
  const { handler } = HttpApiBuilder.toWebHandler(
    Layer.mergeAll(
      Layer.provide(HttpApiBuilder.api(ControlApi), handlers(sources)),
      HttpServer.layerContext
    )
  )
  return (request, via) => {
    const { pathname } = new URL(request.url)
    if (request.method === "GET" && pathname === "/clawdbot/openapi.json") {
      return Promise.resolve(Response.json(openApi))
    }
    if (request.method === "GET" && pathname === "/clawdbot/docs") {
      return Promise.resolve(
        new Response(docsPage(openApi), {
          headers: {
            "content-type": "text/html; charset=utf-8",
            "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'"
          }
        })
      )
    }
    return handler(request, Context.make(Arrival, via))
  }
}
