/** What a gateway is started with. */
import type { AgentId } from "@clawdbot/domain/Agent/AgentId"
import type { FactsError } from "@clawdbot/domain/Auth/AuthResolver"
import type { Client } from "@clawdbot/domain/Client/ClientTokens"
import type { DashboardAccess } from "@clawdbot/domain/Client/DashboardAccess"
import type { GatewayFleet } from "@clawdbot/domain/Fleet/GatewayFleet"
import type { AuthStatus } from "@clawdbot/domain/Status/AuthStatus"
import type { UsageSpan, UsageUnavailable } from "@clawdbot/domain/Usage/UsageLedger"
import type { Grouping, UsageReport } from "@clawdbot/domain/Usage/UsageReport"
import type * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type { Budgets } from "./Budgets.ts"
import type { DashboardActions } from "./dashboard/actions/DashboardActions.ts"
import type { ServedRequest } from "./dataPlane/ServedRequest.ts"
import type { Telemetry } from "./telemetry/Telemetry.ts"

/** How a gateway is started. */
export interface GatewayOptions {
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  /**
   * Tokens that open `/v1/*`; none opens it to everybody who reaches loopback (`gateway.auth.mode:
   * "none"`).
   */
  readonly clientTokens: ReadonlyArray<Redacted.Redacted>
  /**
   * The config key or variable that sets the first of them. Default: none does, the gateway created
   * it.
   */
  readonly clientTokenFrom?: string | undefined
  /** Clients with tokens of their own, by hash, as they are now. Default: none. */
  readonly clients?: () => ReadonlyMap<string, Client>
  readonly adminToken: Redacted.Redacted
  /** Of this program. */
  readonly version: string
  /** Practice mode says so in every answer. */
  readonly practice: boolean
  /** The part `auth` of the status document of an agent; without one, of the default agent. */
  readonly status: (agent: AgentId | undefined) => Effect.Effect<AuthStatus, FactsError>
  /** The answer of `GET /clawdbot/usage`. */
  readonly usage: (
    span: UsageSpan,
    by: ReadonlyArray<Grouping>
  ) => Effect.Effect<UsageReport, UsageUnavailable>
  /** Where the control plane listens beside TCP (decision D26a). Default: nowhere. */
  readonly socketPath?: string
  /**
   * What links and sessions of the dashboard depend on. Default: a key that lives as long as the
   * gateway.
   */
  readonly dashboard?: Pick<typeof DashboardAccess.Service, "key" | "sharedLinks">
  /** The other gateways of a shared store. Default: there are none. */
  readonly fleet?: Pick<typeof GatewayFleet.Service, "report" | "storeDownMs"> | undefined
  /** Carries out what the dashboard asks for. Default: the dashboard is read-only. */
  readonly actions?: DashboardActions | undefined
  /** What clients may use. Default: no client has a budget. */
  readonly budgets?: Budgets | undefined
  /** Takes a line of the access log for each answer. Default: nobody does. */
  readonly accessLog?: (line: string) => void
  /**
   * Hears of every request that wanted a credential, and says what has to be done about it, if
   * anything. Default: nobody.
   */
  readonly observe?: (served: ServedRequest) => Effect.Effect<void> | undefined
  /** Reports requests to a collector. Default: nobody does. */
  readonly telemetry?: Telemetry | undefined
  /** How long requests under way may go on after the gateway was told to stop, in ms. */
  readonly drainMs: number
  /**
   * Hears how many requests were still under way then, and were cut off. Not called without any.
   * Default: nobody.
   */
  readonly onCutOff?: (requests: number) => Effect.Effect<void>
  /** How long clients may take to send. Default: {@link standardClientTimeouts}. */
  readonly timeouts?: ClientTimeouts
  /**
   * Exact names by which clients reach the gateway, in lower case, on every bind; its own addresses
   * always work (decision D40). Default: none.
   */
  readonly hosts?: ReadonlyArray<string>
}

/** How long a client may take, in ms, from the first byte it sends. */
export interface ClientTimeouts {
  readonly headersMs: number
  /**
   * Without a token: from the opening of a connection, or its last request, to a request that
   * carries one.
   */
  readonly unprovenMs: number
  /** For the whole request: a large body over a slow line still gets through. */
  readonly requestMs: number
  /**
   * Without a byte, in place of `requestMs`, where a route takes bodies of hundreds of megabytes.
   */
  readonly idleMs: number
}

/** Slow or endless senders are cut off (docs/guarantees.md, 10). */
export const standardClientTimeouts: ClientTimeouts = {
  headersMs: 10_000,
  unprovenMs: 5_000,
  requestMs: 600_000,
  idleMs: 60_000
}
