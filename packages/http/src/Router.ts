/**
 * Which part of the gateway a request is for, and whether it may go there (decisions D26, D26a).
 */
import type { IncomingMessage, ServerResponse } from "node:http"
import type { Client } from "@clawdbot/domain/Client/ClientTokens"
import { ifDefined } from "@clawdbot/domain/Document/defined"
import type { FleetReport } from "@clawdbot/domain/Fleet/GatewayFleet"
import * as EpochMs from "@clawdbot/domain/Time/EpochMs"
import * as Effect from "effect/Effect"
import { carries, hostCheck, namedClient, refusal, tokenSet } from "./ClientAuth.ts"
import type { Connections } from "./Connections.ts"
import * as ControlPlane from "./control/ControlPlane.ts"
import * as AccessPolicy from "./dashboard/accessPolicy.ts"
import { actionsPath } from "./dashboard/actions/actionRoute.ts"
import type { HandleActions } from "./dashboard/actions/handleAction.ts"
import { type DashboardSession, enterPath } from "./dashboard/DashboardSession.ts"
import { providerTarget } from "./dataPlane/providerTarget.ts"
import type { GatewayOptions } from "./GatewayOptions.ts"
import type { LocalResponses, Refusal } from "./LocalResponses.ts"
import { pathOf } from "./pathOf.ts"

/** Whom connections of the control plane are counted for. No client's name has blanks. */
const adminClient = "the admin token"
const dashboardClient = "the dashboard"

const clientTokenRefused: Refusal = {
  status: 401,
  type: "authentication_error",
  message:
    "this gateway requires its client token as x-api-key or Authorization: " +
    "Bearer; to print it on the gateway host: clawdbot gateway token show",
  code: "ClientTokenRefused"
}

const adminTokenRefused: Refusal = {
  status: 401,
  type: "authentication_error",
  message:
    "the control plane requires the admin token, or a browser session from: clawdbot dashboard",
  code: "AdminTokenRefused"
}

/** What is left to do about a request; nothing where the data plane has taken it. */
type Rest = Effect.Effect<void> | undefined

/** What a router leads to. */
export interface RouterOptions
  extends Pick<
    GatewayOptions,
    "host" | "hosts" | "clientTokens" | "clients" | "adminToken" | "fleet"
  > {
  readonly answerHeaders: Readonly<Record<string, string>>
  readonly responses: LocalResponses
  readonly connections: Connections
  readonly sessions: DashboardSession
  readonly control: ControlPlane.ControlHandler
  /** What the dashboard may do, and what it does. */
  readonly actions: HandleActions
  /** The data plane. */
  readonly serve: (
    request: IncomingMessage,
    response: ServerResponse,
    client: Client | undefined
  ) => void
  /** Whether new connections are accepted. */
  readonly isReady: () => boolean
  /** Where clients of this machine reach the gateway. */
  readonly address: () => string
}

/** The routes of TCP and those of the control socket. */
export interface Router {
  readonly route: (request: IncomingMessage, response: ServerResponse) => Rest
  readonly routeSocket: (request: IncomingMessage, response: ServerResponse) => Effect.Effect<void>
}

/** What a probe reads of the shared store. */
const storeWords = ({ storeDownSince }: FleetReport): string => {
  if (storeDownSince === undefined) return "up"
  return `down since ${EpochMs.toIso(storeDownSince)}`
}

/** Makes the routes of one gateway. */
export const make = (options: RouterOptions): Router => {
  const { answerHeaders, connections, control, responses, sessions } = options
  const checkHost = hostCheck(options.host, options.hosts ?? [])
  const clientTokens = tokenSet(options.clientTokens)
  const adminTokens = tokenSet([options.adminToken])

  const refuse = (response: ServerResponse, refusal: Refusal): Effect.Effect<void> =>
    Effect.sync(() => responses.refuse(response, refusal))

  const notFound = (path: string, response: ServerResponse): Effect.Effect<void> =>
    Effect.suspend(() => {
      const address = options.address()
      return refuse(response, {
        status: 404,
        type: "not_found_error",
        message:
          `the gateway has no path ${path}; set the client's base URL to ${address}, ` +
          `or to ${address}/v1 if the client itself adds only /messages`,
        code: "NotFound"
      })
    })

  /** Routes that need no token. */
  const openRoute = (path: string, response: ServerResponse): Rest => {
    if (path === "/healthz")
      return Effect.sync(() => responses.json(response, { status: "ok", service: "clawdbot" }))
    if (path !== "/readyz") return undefined
    return Effect.sync(() => {
      // A shared store that is away makes no gateway less ready: requests are served from memory.
      const store = ifDefined(options.fleet?.report(), storeWords)
      if (options.isReady()) return responses.json(response, { status: "ready", store })
      return responses.json(response, { status: "stopping" }, 503)
    })
  }

  const providerRoute = (request: IncomingMessage, response: ServerResponse): Rest => {
    const client = ifDefined(options.clients, (clients) => namedClient(request, clients()))
    if (client === undefined && clientTokens.length > 0 && !carries(request, clientTokens))
      return refuse(response, clientTokenRefused)
    return void options.serve(request, response, client)
  }

  /** For a page with a session alone: no token stands for the person who confirms an action. */
  const actionsRoute = (request: IncomingMessage, response: ServerResponse): Rest => {
    if (sessions.pageSession(request) !== undefined)
      connections.admit(request.socket, dashboardClient)
    return options.actions(request, response)
  }

  const controlRoute = (request: IncomingMessage, response: ServerResponse, path: string): Rest => {
    if (carries(request, adminTokens)) {
      connections.admit(request.socket, adminClient)
      return control(request, response, { via: "tcp", name: adminClient })
    }
    // Metrics are for programs, which have the token.
    const access = path === "/metrics" ? undefined : sessions.access(request)
    if (access?._tag === "Data" || (access?._tag === "Page" && AccessPolicy.isPublicFile(path))) {
      connections.admit(request.socket, dashboardClient)
      return control(request, response, {
        via: "tcp",
        name: access._tag === "Data" ? `session ${access.id}` : "a page",
        isStillAllowed: () => sessions.access(request)._tag === "Data"
      })
    }
    if (AccessPolicy.isBrowserNavigation(request))
      return AccessPolicy.reject(response, answerHeaders)
    return refuse(response, adminTokenRefused)
  }

  return {
    route: (request, response) => {
      const path = pathOf(request.url ?? "/")
      const message = refusal(request, checkHost, path === enterPath)
      if (message !== undefined)
        return refuse(response, {
          status: 403,
          type: "permission_error",
          message,
          code: "OriginRefused"
        })
      const target = providerTarget(request.url ?? "/")
      if (target !== undefined) {
        request.url = target
        return providerRoute(request, response)
      }
      const open = openRoute(path, response)
      if (open !== undefined) return open
      if (path === enterPath)
        return AccessPolicy.openLink(sessions, request, response, answerHeaders)
      if (path === actionsPath) return actionsRoute(request, response)
      if (ControlPlane.isControlPath(path)) return controlRoute(request, response, path)
      return notFound(path, response)
    },
    // What comes over the socket is the owner's: it needs no token, and is never a browser's.
    routeSocket: (request, response) => {
      const path = pathOf(request.url ?? "/")
      const open = openRoute(path, response)
      if (open !== undefined) return open
      if (ControlPlane.isControlPath(path))
        return control(request, response, { via: "socket", name: "the socket" })
      return notFound(path, response)
    }
  }
}
