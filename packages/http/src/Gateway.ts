/**
 * The gateway: one `node:http` server, and a fiber for each request that needs more than its first
 * answer (decision D26). `/v1/*` is the data plane and wants a client token, `/clawdbot/*` is the
 * control plane and wants the admin token, `/healthz` says that the process is alive.
 */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import * as AgentRegistry from "@clawdbot/domain/Agent/AgentRegistry"
import { type ErrorType, make as makeError } from "@clawdbot/domain/Anthropic/ErrorEnvelope"
import type { Affinity } from "@clawdbot/domain/Auth/Affinity"
import { AnswerReports } from "@clawdbot/domain/Auth/AnswerReports"
import type { AuthResolver } from "@clawdbot/domain/Auth/AuthResolver"
import type { Failover } from "@clawdbot/domain/Auth/Failover"
import { issueToken } from "@clawdbot/domain/Auth/IssuedToken"
import type { ResourcePins } from "@clawdbot/domain/Auth/ResourcePins"
import * as BackgroundLoop from "@clawdbot/domain/Background/backgroundLoop"
import { keepInterruptions } from "@clawdbot/domain/Background/keepInterruptions"
import type { Client } from "@clawdbot/domain/Client/ClientTokens"
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import { ifDefined } from "@clawdbot/domain/Document/defined"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import { HealthStore } from "@clawdbot/domain/Health/HealthStore"
import * as ProcessMetrics from "@clawdbot/domain/Metric/processMetrics"
import type { Disk } from "@clawdbot/node/File/Disk"
import { ChunkRelief } from "@clawdbot/node/Process/ChunkRelief"
import { descriptors, maxClients } from "@clawdbot/node/Process/descriptors"
import { HeapRelief, lookEveryMs } from "@clawdbot/node/Process/HeapRelief"
import type { UpstreamClient } from "@clawdbot/node/Upstream/UpstreamClient"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Runtime from "effect/Runtime"
import * as RuntimeFlags from "effect/RuntimeFlags"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { carries, isLoopbackName, namedClient, refusal, tokenSet } from "./ClientAuth.ts"
import { Connections } from "./Connections.ts"
import * as ControlPlane from "./control/ControlPlane.ts"
import * as ControlSocket from "./control/ControlSocket.ts"
import * as CoolingDown from "./control/CoolingDown.ts"
import { Metrics } from "./control/Metrics.ts"
import { RequestLog } from "./control/RequestLog.ts"
import * as AccessPolicy from "./dashboard/accessPolicy.ts"
import { DashboardSession, enterPath, type Link } from "./dashboard/DashboardSession.ts"
import * as SessionKey from "./dashboard/SessionKey.ts"
import { make as makeDataPlane } from "./dataPlane/handle.ts"
import { providerTarget } from "./dataPlane/providerTarget.ts"
import { type GatewayOptions, standardPatience } from "./GatewayOptions.ts"
import { InFlight } from "./InFlight.ts"
import { lastWords } from "./lastWords.ts"
import { type CannotListen, codeOf, listen, type PortInUse, urlOf } from "./listen.ts"
import { Pace } from "./Pace.ts"
import { pathOf } from "./pathOf.ts"
import { pauseSocket, resumeSocket } from "./pauseSocket.ts"
import { RequestReporter } from "./RequestReporter.ts"
import * as RequestForm from "./requestForm.ts"
import { newRequestId, send } from "./respond.ts"
import { SlowSenders } from "./SlowSenders.ts"

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

/** Requests under way at a time; more are told to come again. One client may have half of them. */
const maxRequests = 4_096

/** Connections at a time, as far as the system allows them. */
const maxConnections = 2 * maxRequests

/**
 * So many more are accepted before one of them is closed: the system's queue of those that wait
 * gives them out faster than they can be looked at.
 */
const beforeClosing = 4

/**
 * Whom connections of the control plane are counted for. No client token has a name with blanks.
 */
const adminClient = "the admin token"
const dashboardClient = "the dashboard"
const unknownClient = "new connections"

/** How often connections are looked over, in ms: few have to be closed at a time. */
const sweepMs = 250

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
    const patience = options.patience ?? standardPatience
    const requests = new RequestLog()
    const metrics = new Metrics()
    const clock = yield* Effect.clock
    const inFlight = new InFlight()
    const pace = new Pace(() => performance.now(), { onBytes: new ChunkRelief().passed })
    const connections = new Connections(
      { connections: maxConnections, requests: maxRequests },
      () => performance.now()
    )
    const stopping = yield* Deferred.make<void>()
    const accounts = new RequestReporter({
      requests,
      metrics,
      accessLog: options.accessLog,
      observe: options.observe
    })
    const dataPlane = yield* makeDataPlane({
      answerHeaders,
      observe: (served) => {
        const rest = accounts.served(served)
        inFlight.endReport()
        return rest
      },
      answered: (request, answer) => {
        accounts.own(request, answer)
        inFlight.endReport()
      },
      explains: options.accessLog !== undefined,
      uploadIdleMs: patience.idleMs
    })
    const configs = yield* ConfigStore
    const paths = yield* StatePaths
    const resolver = yield* Effect.context<AuthResolver>()
    const reports = yield* AnswerReports
    const sessions = new DashboardSession(options.sessionKey ?? SessionKey.inMemory(), () =>
      clock.unsafeCurrentTimeMillis()
    )
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
    const clients = tokenSet(options.clientTokens)
    const admins = tokenSet([options.adminToken])
    // Counting fibers would cost every request; requests are counted by `observe`.
    yield* keepInterruptions
    const runtime = Runtime.disableRuntimeFlag(
      yield* Effect.runtime<never>(),
      RuntimeFlags.RuntimeMetrics
    )
    const fork = Runtime.runFork(runtime)

    const refuse = (
      response: ServerResponse,
      status: number,
      type: ErrorType,
      message: string,
      code: string,
      added: Readonly<Record<string, string>> = answerHeaders
    ) => {
      accounts.own(response.req, {
        at: clock.unsafeCurrentTimeMillis(),
        status,
        code,
        client: undefined
      })
      send(response, makeError({ status, type, message, code, requestId: newRequestId() }), added)
    }

    const refuseForm = (response: ServerResponse, fault: RequestForm.Malformed) =>
      refuse(response, fault.status, "invalid_request_error", fault.message, fault.code, {
        ...answerHeaders,
        ...fault.headers
      })

    const json = (response: ServerResponse, value: unknown, status = 200): void => {
      if (response.destroyed) return
      const body = JSON.stringify(value)
      response.writeHead(status, {
        "content-type": "application/json",
        "content-length": Buffer.byteLength(body),
        ...answerHeaders
      })
      response.end(body)
    }

    /** More requests are under way than may be, of all clients or of one. */
    const refuseMore = (
      request: IncomingMessage,
      response: ServerResponse,
      client: Client | undefined
    ): void => {
      accounts.own(request, {
        at: clock.unsafeCurrentTimeMillis(),
        status: 529,
        code: "TooManyRequests",
        client: client?.name
      })
      const answer = makeError({
        status: 529,
        type: "overloaded_error",
        message: "too many requests are in flight; try again in a moment",
        code: "TooManyRequests",
        requestId: newRequestId(),
        retryAfterSeconds: 1
      })
      send(response, answer, { ...answerHeaders, connection: "close" })
    }

    /**
     * Runs what comes of a request in a fiber of its own; nothing that goes wrong there is left
     * without an answer.
     */
    const run = (response: ServerResponse, effect: Effect.Effect<void>): void => {
      fork(
        Effect.catchAllCause(effect, (cause) =>
          Effect.zipRight(
            Effect.logError("request failed unexpectedly", cause),
            Effect.sync(() =>
              refuse(response, 500, "api_error", "the gateway failed unexpectedly", "Unexpected")
            )
          )
        )
      )
    }

    const notFound = (path: string, response: ServerResponse): Effect.Effect<void> =>
      Effect.sync(() =>
        refuse(
          response,
          404,
          "not_found_error",
          `the gateway has no path ${path}; set the client's base URL to ${address}, ` +
            `or to ${address}/v1 if the client itself adds only /messages`,
          "NotFound"
        )
      )

    /** What anybody may ask who gets here. */
    const openRoute = (path: string, response: ServerResponse): Effect.Effect<void> | undefined => {
      if (path === "/healthz")
        return Effect.sync(() => json(response, { status: "ok", service: "clawdbot" }))
      if (path === "/readyz") {
        return Effect.sync(() => {
          if (server.listening) return json(response, { status: "ready" })
          return json(response, { status: "stopping" }, 503)
        })
      }
      return undefined
    }

    const serve = (
      request: IncomingMessage,
      response: ServerResponse,
      client: Client | undefined
    ): undefined => {
      if (!connections.admit(request.socket, client?.name ?? "")) {
        refuseMore(request, response, client)
        return undefined
      }
      inFlight.beginReport()
      const share = pace.of(client?.name ?? "")
      dataPlane(request, response, (effect) => run(response, effect), client, share)
    }

    /** What comes of a request; nothing where the data plane has taken it. */
    const route = (
      request: IncomingMessage,
      response: ServerResponse
    ): Effect.Effect<void> | undefined => {
      const path = pathOf(request.url ?? "/")
      const refused = refusal(request, options.host, options.hosts ?? [], path === enterPath)
      if (refused !== undefined) {
        return Effect.sync(() =>
          refuse(response, 403, "permission_error", refused, "OriginRefused")
        )
      }
      const target = providerTarget(request.url ?? "/")
      if (target !== undefined) {
        request.url = target
        const client = ifDefined(options.clients, (clients) => namedClient(request, clients()))
        if (client !== undefined || clients.length === 0 || carries(request, clients))
          return serve(request, response, client)
        return Effect.sync(() =>
          refuse(
            response,
            401,
            "authentication_error",
            "this gateway requires its client token as x-api-key or Authorization: " +
              "Bearer; the token was printed when the gateway started",
            "ClientTokenRefused"
          )
        )
      }
      const open = openRoute(path, response)
      if (open !== undefined) return open
      if (path === enterPath)
        return AccessPolicy.openLink(sessions, request, response, answerHeaders)
      if (ControlPlane.isControlPath(path)) {
        if (carries(request, admins)) {
          connections.admit(request.socket, adminClient)
          return control(request, response, { via: "tcp", name: adminClient })
        }
        // Figures are for programs, which have the token.
        const access = path === "/metrics" ? undefined : sessions.access(request)
        if (
          access?._tag === "Data" ||
          (access?._tag === "Page" && AccessPolicy.isPublicFile(path))
        ) {
          connections.admit(request.socket, dashboardClient)
          return control(request, response, {
            via: "tcp",
            name: access._tag === "Data" ? `session ${access.id}` : "a page",
            isStillAllowed: () => sessions.access(request)._tag === "Data"
          })
        }
        if (AccessPolicy.isBrowserNavigation(request))
          return AccessPolicy.reject(response, answerHeaders)
        return Effect.sync(() =>
          refuse(
            response,
            401,
            "authentication_error",
            "the control plane requires the admin token, or a browser session from: " +
              "clawdbot dashboard",
            "AdminTokenRefused"
          )
        )
      }
      return notFound(path, response)
    }

    /** What comes over the socket is the owner's: it needs no token, and is never a browser's. */
    const routeSocket = (
      request: IncomingMessage,
      response: ServerResponse
    ): Effect.Effect<void> => {
      const path = pathOf(request.url ?? "/")
      return (
        openRoute(path, response) ??
        (ControlPlane.isControlPath(path)
          ? control(request, response, { via: "socket", name: "the socket" })
          : notFound(path, response))
      )
    }

    const server = createServer(
      {
        headersTimeout: patience.headersMs,
        // Node counts from the first byte whatever the route; see SlowSenders.
        requestTimeout: maxRequestMs,
        connectionsCheckingInterval: Math.min(sweepMs, patience.headersMs / 2),
        keepAliveTimeout: 75_000,
        maxHeaderSize: 64 * 1024,
        highWaterMark: 64 * 1024
      },
      (request, response) => {
        response.on("error", () => response.destroy())
        const { socket } = request
        connections.begin(socket)
        inFlight.add(server, response, () => connections.end(socket))
        if (inFlight.open > maxRequests) return refuseMore(request, response, undefined)
        const fault = RequestForm.check(request)
        if (fault !== undefined) return refuseForm(response, fault)
        const effect = route(request, response)
        if (effect !== undefined) run(response, effect)
      }
    )
    // Nobody knows whose a new connection is before it was read: all of them share one client's
    // time.
    const newConnections = pace.of(unknownClient, false)
    server.on("connection", (socket) => {
      connections.add(socket)
      if (!newConnections.isOver()) return void newConnections.spend(pace.newConnectionCost)
      pauseSocket(socket)
      newConnections.defer(() => resumeSocket(socket), pace.newConnectionCost)
    })
    yield* BackgroundLoop.start(
      {
        task: "closing connections without a token",
        schedule: Schedule.spaced(Math.min(sweepMs, patience.unprovenMs / 2))
      },
      Effect.sync(() => connections.sweep(patience.unprovenMs))
    )
    server.on("connect", (request, socket) => {
      accounts.own(request, {
        at: clock.unsafeCurrentTimeMillis(),
        status: 405,
        code: "MethodNotAllowed",
        client: undefined
      })
      lastWords(socket, RequestForm.connectRefused)
    })
    server.on("clientError", (error: Error, socket) => {
      // Where an answer may be under way, another one would become part of it.
      if (!socket.writable || !("bytesWritten" in socket) || socket.bytesWritten !== 0)
        return void socket.destroy()
      const line = RequestForm.statusLineFor(
        codeOf(error),
        "rawPacket" in error ? error.rawPacket : undefined
      )
      const status = Number(line.slice(0, 3))
      const response = inFlight.on(socket)
      if (response === undefined) accounts.notUnderstood(clock.unsafeCurrentTimeMillis(), status)
      else response.statusCode = status
      lastWords(socket, `HTTP/1.1 ${line}\r\nconnection: close\r\n\r\n`)
    })
    const relief = new HeapRelief(() => performance.now())
    yield* BackgroundLoop.start(
      { task: "giving memory back", schedule: Schedule.spaced(lookEveryMs), startsAtOnce: true },
      Effect.sync(() => relief.look())
    )
    const slow = new SlowSenders(patience)
    yield* BackgroundLoop.start(
      { task: "looking for slow senders", schedule: Schedule.spaced(slow.everyMs) },
      Effect.sync(() => {
        for (const { socket } of slow.late(inFlight.arriving(), performance.now())) {
          const late = Object.assign(new Error("the request was not received in time"), {
            code: RequestForm.tooSlow
          })
          server.emit("clientError", late, socket)
        }
      })
    )
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
        if (fault !== undefined) return refuseForm(response, fault)
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
