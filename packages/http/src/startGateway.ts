/**
 * The gateway: one `node:http` server, and a fiber for each request that needs more than its first
 * answer (decision D26). `/v1/*` is the data plane and wants a client token, `/clawdbot/*` is the
 * control plane and wants the admin token, `/healthz` says that the process is alive.
 */

import type { IncomingMessage, Server, ServerResponse } from "node:http"
import type { Affinity } from "@clawdbot/domain/Auth/Affinity"
import type { AnswerReports } from "@clawdbot/domain/Auth/AnswerReports"
import type { AuthResolver } from "@clawdbot/domain/Auth/AuthResolver"
import type { Failover } from "@clawdbot/domain/Auth/Failover"
import type { ResourcePins } from "@clawdbot/domain/Auth/ResourcePins"
import { keepInterruptions } from "@clawdbot/domain/Background/keepInterruptions"
import type { Client } from "@clawdbot/domain/Client/ClientTokens"
import type { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import { taggedError } from "@clawdbot/domain/Document/taggedError"
import type { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import type { HealthStore } from "@clawdbot/domain/Health/HealthStore"
import type { Disk } from "@clawdbot/node/File/Disk"
import type { UpstreamClient } from "@clawdbot/node/Upstream/UpstreamClient"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Runtime from "effect/Runtime"
import * as RuntimeFlags from "effect/RuntimeFlags"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { isLoopbackName } from "./ClientAuth.ts"
import * as ControlSocket from "./control/ControlSocket.ts"
import { makeControl } from "./control/makeControl.ts"
import * as ActionRoute from "./dashboard/actions/actionRoute.ts"
import type { Link } from "./dashboard/DashboardSession.ts"
import { make as makeDataPlane } from "./dataPlane/handle.ts"
import { type GatewayOptions, standardClientTimeouts } from "./GatewayOptions.ts"
import * as GatewayServer from "./gatewayServer.ts"
import { maxRequests } from "./gatewayServer.ts"
import * as GatewayState from "./gatewayState.ts"
import type { Refusal } from "./LocalResponses.ts"
import { type CannotListen, listen, type PortInUse, urlOf } from "./listen.ts"
import { cutOffSlowSenders, freeMemory, sweepConnections } from "./maintenance.ts"
import * as Router from "./Router.ts"
import * as RequestForm from "./requestForm.ts"
import { handleServerEvents } from "./serverEvents.ts"

/**
 * Without a token the gateway would give the person's credentials to the whole network (decision
 * D26).
 */
export class OpenOffLoopback extends taggedError<OpenOffLoopback>()("OpenOffLoopback", () => ({
  host: Schema.String
})) {
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

const unexpected: Refusal = {
  status: 500,
  type: "api_error",
  message: "the gateway failed unexpectedly",
  code: "Unexpected"
}

/**
 * Runs what comes of a request in a fiber of its own; nothing that goes wrong there is left without
 * an answer.
 */
type RunRequest = (response: ServerResponse, effect: Effect.Effect<void>) => void

const makeRunRequest = ({ responses }: GatewayState.GatewayState): Effect.Effect<RunRequest> =>
  Effect.gen(function* () {
    // Counting fibers would cost every request; requests are counted by the reporter.
    yield* keepInterruptions
    const runtime = Runtime.disableRuntimeFlag(
      yield* Effect.runtime<never>(),
      RuntimeFlags.RuntimeMetrics
    )
    const fork = Runtime.runFork(runtime)
    return (response, effect) =>
      fork(
        Effect.catchAllCause(effect, (cause) =>
          Effect.zipRight(
            Effect.logError("request failed unexpectedly", cause),
            Effect.sync(() => responses.refuse(response, unexpected))
          )
        )
      )
  })

/** The data plane of one gateway, within the limits of its clients. */
const makeProviderHandler = (
  options: GatewayOptions,
  state: GatewayState.GatewayState,
  run: RunRequest
) =>
  Effect.gen(function* () {
    const { answerHeaders, connections, inFlight, reporter, responses, scheduler } = state
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
      budgets: options.budgets,
      recordsSkipped: options.accessLog !== undefined,
      isTraced: options.telemetry !== undefined,
      uploadIdleMs: (options.timeouts ?? standardClientTimeouts).idleMs
    })
    return (
      request: IncomingMessage,
      response: ServerResponse,
      client: Client | undefined
    ): void => {
      if (!connections.admit(request.socket, client?.name ?? ""))
        return responses.refuseBusy(response, client)
      inFlight.beginReport()
      const turns = scheduler.of(client?.name ?? "")
      dataPlane(request, response, (effect) => run(response, effect), client, turns)
    }
  })

/** Handles the requests that come over TCP. */
const onRequest =
  (
    server: Server,
    state: GatewayState.GatewayState,
    route: Router.Router["route"],
    run: RunRequest
  ) =>
  (request: IncomingMessage, response: ServerResponse): void => {
    const { connections, inFlight, responses } = state
    response.on("error", () => response.destroy())
    const { socket } = request
    const begins = connections.begin(socket)
    inFlight.add(server, response, () => connections.end(socket))
    if (inFlight.open > maxRequests) return responses.refuseBusy(response)
    const serve = () => {
      const fault = RequestForm.check(request)
      if (fault !== undefined) return responses.refuseMalformed(response, fault)
      const effect = route(request, response)
      if (effect !== undefined) run(response, effect)
    }
    if (begins) serve()
    else connections.wait(socket, serve)
  }

/** Listens on the socket of the state folder; the gateway works also without it. */
const listenOnSocket = (
  socketPath: string,
  { responses }: GatewayState.GatewayState,
  route: Router.Router["routeSocket"],
  run: RunRequest
) =>
  ControlSocket.serve(socketPath, (request, response) => {
    response.on("error", () => response.destroy())
    const fault = RequestForm.check(request)
    if (fault !== undefined) return responses.refuseMalformed(response, fault)
    run(response, route(request, response))
  }).pipe(
    Effect.catchTag("SocketUnavailable", (error) =>
      Effect.logWarning(
        `${error.message}; commands work without it, and print-token reads the files itself`
      )
    )
  )

/** Refuses new requests, waits for those in flight, and cuts off what is not done in time. */
const stop = (
  server: Server,
  { drainMs, onCutOff }: GatewayOptions,
  state: GatewayState.GatewayState
) =>
  Deferred.succeed(state.stopping, undefined).pipe(
    Effect.zipRight(state.inFlight.drain(server, drainMs)),
    Effect.flatMap((cut) => (cut === 0 || onCutOff === undefined ? Effect.void : onCutOff(cut)))
  )

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
    const { clientTokens, host, socketPath, timeouts = standardClientTimeouts } = options
    if (clientTokens.length === 0 && !isLoopbackName(host))
      return yield* new OpenOffLoopback({ host })
    const state = yield* GatewayState.make(options)
    const { answerHeaders, connections, inFlight, responses, scheduler, sessions } = state
    const server = GatewayServer.make(timeouts)
    const run = yield* makeRunRequest(state)
    /** Known once it listens: 0 stands for any free one. */
    let port = options.port
    const { route, routeSocket } = Router.make({
      ...options,
      answerHeaders,
      responses,
      connections,
      sessions,
      actions: ActionRoute.make({ ...options, answerHeaders, sessions, actions: options.actions }),
      control: yield* makeControl(options, () => port, state),
      serve: yield* makeProviderHandler(options, state, run),
      isReady: () => server.listening,
      address: () => urlOf(host, port)
    })
    server.on("request", onRequest(server, state, route, run))
    handleServerEvents(server, connections, scheduler, inFlight, responses)
    yield* sweepConnections(connections, timeouts)
    yield* freeMemory
    yield* cutOffSlowSenders(server, inFlight, timeouts)
    port = yield* Effect.acquireRelease(listen(server, host, options.port), () =>
      stop(server, options, state)
    )
    yield* GatewayServer.limitConnections(server, connections)
    if (socketPath !== undefined) yield* listenOnSocket(socketPath, state, routeSocket, run)
    const url = urlOf(host, port)
    sessions.listensOn(url, port)
    return { url, port, offerLink: () => sessions.createLink() }
  })
