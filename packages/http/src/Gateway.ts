/**
 * The gateway: one `node:http` server, and a fiber for each request that needs more than its first
 * answer (decision D26). `/v1/*` is the data plane and wants a client token, `/clawdbot/*` is the
 * control plane and wants the admin token, `/healthz` says that the process is alive.
 */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import * as AgentRegistry from "@clawdbot/domain/Agent/AgentRegistry"
import type { Affinity } from "@clawdbot/domain/Auth/Affinity"
import { AnswerReports } from "@clawdbot/domain/Auth/AnswerReports"
import type { AuthResolver } from "@clawdbot/domain/Auth/AuthResolver"
import type { Failover } from "@clawdbot/domain/Auth/Failover"
import { issueToken } from "@clawdbot/domain/Auth/IssuedToken"
import type { ResourcePins } from "@clawdbot/domain/Auth/ResourcePins"
import { keepInterruptions } from "@clawdbot/domain/Background/keepInterruptions"
import type { Client } from "@clawdbot/domain/Client/ClientTokens"
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import { HealthStore } from "@clawdbot/domain/Health/HealthStore"
import * as ProcessMetrics from "@clawdbot/domain/Metric/processMetrics"
import type { Disk } from "@clawdbot/node/File/Disk"
import { ChunkRelief } from "@clawdbot/node/Process/ChunkRelief"
import { descriptors, maxClients } from "@clawdbot/node/Process/descriptors"
import type { UpstreamClient } from "@clawdbot/node/Upstream/UpstreamClient"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Runtime from "effect/Runtime"
import * as RuntimeFlags from "effect/RuntimeFlags"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { isLoopbackName } from "./ClientAuth.ts"
import { Connections } from "./Connections.ts"
import * as ControlPlane from "./control/ControlPlane.ts"
import * as ControlSocket from "./control/ControlSocket.ts"
import * as CoolingDown from "./control/CoolingDown.ts"
import { Metrics } from "./control/Metrics.ts"
import { RequestLog } from "./control/RequestLog.ts"
import { DashboardSession, type Link } from "./dashboard/DashboardSession.ts"
import * as SessionKey from "./dashboard/SessionKey.ts"
import { make as makeDataPlane } from "./dataPlane/handle.ts"
import { type GatewayOptions, standardClientTimeouts } from "./GatewayOptions.ts"
import { InFlight } from "./InFlight.ts"
import { LocalResponses, type Refusal } from "./LocalResponses.ts"
import { type CannotListen, listen, type PortInUse, urlOf } from "./listen.ts"
import { cutOffSlowSenders, freeMemory, sweepConnections, sweepMs } from "./maintenance.ts"
import { Pace } from "./Pace.ts"
import { RequestReporter } from "./RequestReporter.ts"
import * as Router from "./Router.ts"
import * as RequestForm from "./requestForm.ts"
import { handleServerEvents } from "./serverEvents.ts"

/**
 * Without a token the gateway would give the person's credentials to the whole network (decision
 * D26).
 */
export class OpenOffLoopback extends Schema.TaggedError<OpenOffLoopback>()("OpenOffLoopback", {
  host: Schema.String
}) {
  override get message() {
    return (
      `the gateway is not started: ${this.host} is not loopback, and gateway.auth.mode is ` +
      '"none"'
    )
  }
}

/** Why a gateway does not start. */
export type GatewayStartError =
  | PortInUse
  | CannotListen
  | OpenOffLoopback
  | ControlSocket.StateFolderServed

/** A gateway that listens. */
export interface RunningGateway {
  readonly url: string
  readonly port: number
  /** A link to the dashboard that works once. */
  readonly offerLink: () => Link
}

/** No request takes longer to arrive than this, in ms, whatever its route and its pace. */
const maxRequestMs = 24 * 3_600_000

/** Requests in flight at a time; more are refused. One client may have half of them. */
const maxRequests = 4_096

/** Connections at a time, as far as the system allows them. */
const maxConnections = 2 * maxRequests

/**
 * So many more are accepted before one of them is closed: the system's queue of those that wait
 * gives them out faster than they can be looked at.
 */
const beforeClosing = 4

const unexpected: Refusal = {
  status: 500,
  type: "api_error",
  message: "the gateway failed unexpectedly",
  code: "Unexpected"
}

/** Starts a gateway that runs until the scope closes. */
export const start = (
  options: GatewayOptions
): Effect.Effect<
  RunningGateway,
  GatewayStartError,
  | Scope.Scope
  | Affinity
  | AnswerReports
  | AuthResolver
  | ConfigStore
  | Failover
  | HealthStore
  | ResourcePins
  | StatePaths
  | UpstreamClient
  | Disk
> =>
  Effect.gen(function* () {
    if (options.clientTokens.length === 0 && !isLoopbackName(options.host)) {
      return yield* new OpenOffLoopback({ host: options.host })
    }
    const answerHeaders: Readonly<Record<string, string>> = options.practice
      ? { "x-clawdbot-practice": "true" }
      : {}
    const timeouts = options.timeouts ?? standardClientTimeouts
    const requests = new RequestLog()
    const metrics = new Metrics()
    const clock = yield* Effect.clock
    const now = () => clock.unsafeCurrentTimeMillis()
    const inFlight = new InFlight()
    const pace = new Pace(() => performance.now(), { onBytes: new ChunkRelief().passed })
    const connections = new Connections(
      { connections: maxConnections, requests: maxRequests },
      () => performance.now()
    )
    const stopping = yield* Deferred.make<void>()
    const reporter = new RequestReporter({
      requests,
      metrics,
      accessLog: options.accessLog,
      observe: options.observe
    })
    const responses = new LocalResponses(reporter, answerHeaders, now)
    const dataPlane = yield* makeDataPlane({
      answerHeaders,
      observe: (served) => {
        const rest = reporter.served(served)
        inFlight.endReport()
        return rest
      },
      answered: (request, answer) => {
        reporter.own(request, answer)
        inFlight.endReport()
      },
      explains: options.accessLog !== undefined,
      uploadIdleMs: timeouts.idleMs
    })
    const configs = yield* ConfigStore
    const paths = yield* StatePaths
    const resolver = yield* Effect.context<AuthResolver>()
    const reports = yield* AnswerReports
    const sessions = new DashboardSession(options.sessionKey ?? SessionKey.inMemory(), now)
    const registry = Effect.map(configs.load, ({ config }) =>
      AgentRegistry.fromConfig(config, paths)
    )
    const control = ControlPlane.make(
      {
        status: options.status,
        usage: options.usage,
        requests,
        metrics: Effect.map(
          Effect.all([CoolingDown.ofAll(registry, options.status), ProcessMetrics.readAll]),
          ([resting, counts]) =>
            metrics.render({
              open: inFlight.open,
              resting,
              counts,
              version: options.version
            })
        ),
        healthChanges: (yield* HealthStore).changes,
        stopping,
        issueToken: (request) => Effect.provide(issueToken(request), resolver),
        takeReport: (report) => Effect.provide(reports.take(report), resolver),
        agents: registry,
        offerLink: () => sessions.createLink()
      },
      answerHeaders
    )
    /** Where clients of this machine reach it; complete once it listens. */
    let address = urlOf(options.host, options.port)
    // Counting fibers would cost every request; requests are counted by `observe`.
    yield* keepInterruptions
    const runtime = Runtime.disableRuntimeFlag(
      yield* Effect.runtime<never>(),
      RuntimeFlags.RuntimeMetrics
    )
    const fork = Runtime.runFork(runtime)

    /**
     * Runs what comes of a request in a fiber of its own; nothing that goes wrong there is left
     * without an answer.
     */
    const run = (response: ServerResponse, effect: Effect.Effect<void>): void => {
      fork(
        Effect.catchAllCause(effect, (cause) =>
          Effect.zipRight(
            Effect.logError("request failed unexpectedly", cause),
            Effect.sync(() => responses.refuse(response, unexpected))
          )
        )
      )
    }

    const serve = (
      request: IncomingMessage,
      response: ServerResponse,
      client: Client | undefined
    ): void => {
      if (!connections.admit(request.socket, client?.name ?? ""))
        return responses.refuseBusy(response, client)
      inFlight.beginReport()
      const share = pace.of(client?.name ?? "")
      dataPlane(request, response, (effect) => run(response, effect), client, share)
    }

    const { route, routeSocket } = Router.make({
      ...options,
      answerHeaders,
      responses,
      connections,
      sessions,
      control,
      serve,
      isReady: () => server.listening,
      address: () => address
    })
    const server = createServer(
      {
        headersTimeout: timeouts.headersMs,
        // Node counts from the first byte whatever the route; see SlowSenders.
        requestTimeout: maxRequestMs,
        connectionsCheckingInterval: Math.min(sweepMs, timeouts.headersMs / 2),
        keepAliveTimeout: 75_000,
        maxHeaderSize: 64 * 1024,
        highWaterMark: 64 * 1024
      },
      (request, response) => {
        response.on("error", () => response.destroy())
        const { socket } = request
        connections.begin(socket)
        inFlight.add(server, response, () => connections.end(socket))
        if (inFlight.open > maxRequests) return responses.refuseBusy(response)
        const fault = RequestForm.check(request)
        if (fault !== undefined) return responses.refuseMalformed(response, fault)
        const effect = route(request, response)
        if (effect !== undefined) run(response, effect)
      }
    )
    handleServerEvents(server, connections, pace, inFlight, responses)
    yield* sweepConnections(connections, timeouts)
    yield* freeMemory
    yield* cutOffSlowSenders(server, inFlight, timeouts)
    const { drainMs, onCutOff } = options
    const stop = Deferred.succeed(stopping, undefined).pipe(
      Effect.zipRight(inFlight.drain(server, drainMs)),
      Effect.flatMap((cut) => (cut === 0 || onCutOff === undefined ? Effect.void : onCutOff(cut)))
    )
    const port = yield* Effect.acquireRelease(
      listen(server, options.host, options.port),
      () => stop
    )
    const found = yield* descriptors
    if (found !== undefined) {
      const most = Math.min(maxConnections, maxClients(found))
      connections.limits = { ...connections.limits, connections: most }
      server.maxConnections = most + beforeClosing
    }
    const { socketPath } = options
    if (socketPath !== undefined) {
      yield* ControlSocket.serve(socketPath, (request, response) => {
        response.on("error", () => response.destroy())
        const fault = RequestForm.check(request)
        if (fault !== undefined) return responses.refuseMalformed(response, fault)
        run(response, routeSocket(request, response))
      }).pipe(
        Effect.catchTag("SocketUnavailable", (error) =>
          Effect.logWarning(
            `${error.message}; commands work without it, and print-token reads the files itself`
          )
        )
      )
    }
    address = urlOf(options.host, port)
    sessions.listensOn(address, port)
    return { url: address, port, offerLink: () => sessions.createLink() }
  })
