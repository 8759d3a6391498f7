/** A gateway over the scripted Anthropic: real sockets on loopback, stores in memory. */

import { connect, type Socket } from "node:net"
import { Affinity } from "@clawdbot/domain/Auth/Affinity"
import { AnswerReports } from "@clawdbot/domain/Auth/AnswerReports"
import { AuthResolver } from "@clawdbot/domain/Auth/AuthResolver"
import { Failover } from "@clawdbot/domain/Auth/Failover"
import type { ResourcePins } from "@clawdbot/domain/Auth/ResourcePins"
import type { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import { defined } from "@clawdbot/domain/Document/defined"
import type { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import type { HealthStore } from "@clawdbot/domain/Health/HealthStore"
import { OAuthRefresh } from "@clawdbot/domain/OAuth/OAuthRefresh"
import type { ProfileStore } from "@clawdbot/domain/Profile/ProfileStore"
import type { AuthStatus } from "@clawdbot/domain/Status/AuthStatus"
import * as UsageReport from "@clawdbot/domain/Usage/UsageReport"
import * as DashboardActions from "@clawdbot/http/dashboard/actions/DashboardActions"
import type { GatewayOptions } from "@clawdbot/http/GatewayOptions"
import * as Disk from "@clawdbot/node/File/Disk"
import * as UpstreamClient from "@clawdbot/node/Upstream/UpstreamClient"
import * as ResourcePinsMemory from "@clawdbot/testing/Auth/ResourcePinsMemory"
import * as ConfigMemory from "@clawdbot/testing/Config/ConfigMemory"
import * as EnvironmentMemory from "@clawdbot/testing/Environment/EnvironmentMemory"
import * as HealthMemory from "@clawdbot/testing/Health/HealthMemory"
import * as RefreshJournalMemory from "@clawdbot/testing/OAuth/RefreshJournalMemory"
import * as KeptAsideMemory from "@clawdbot/testing/Profile/KeptAsideMemory"
import * as ProfileMemory from "@clawdbot/testing/Profile/ProfileMemory"
import {
  make,
  type ScriptedAnthropic,
  type ScriptedOptions
} from "@clawdbot/testing/ScriptedAnthropic/ScriptedAnthropic"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Gateway from "../src/startGateway.ts"

export const clientToken = "client-token-for-tests"
export const adminToken = "admin-token-for-tests"

/** Logins of these tests are always good. */
export const refreshLayer = Layer.succeed(OAuthRefresh, {
  ensureFresh: ({ credential }) => Effect.succeed(credential),
  afterRefusal: ({ credential }) => Effect.succeedSome(credential),
  refreshNow: ({ credential }) => Effect.succeed(credential),
  current: ({ credential }) => credential
})

/** What there is to tell where nothing is stored. */
export const emptyStatus: AuthStatus = {
  storePath: "/nowhere/auth-profiles.json",
  shellEnvFallback: { enabled: false, appliedKeys: [] },
  providersWithOAuth: [],
  missingProvidersInUse: [],
  providers: [],
  unusableProfiles: [],
  windows: [],
  oauth: { warnAfterMs: 86_400_000, profiles: [], providers: [] },
  explanation: {
    agent: "main",
    provider: "anthropic",
    storePath: "/nowhere/auth-profiles.json",
    candidates: [],
    rejected: []
  },
  dotEnv: []
}

/** How the gateways of these tests are started. */
export const gatewayOptions: GatewayOptions = {
  host: "127.0.0.1",
  port: 0,
  clientTokens: [Redacted.make(clientToken)],
  adminToken: Redacted.make(adminToken),
  practice: false,
  version: "0.0.0",
  status: () => Effect.succeed(emptyStatus),
  usage: (span, by) => Effect.succeed(UsageReport.make([], span, by)),
  drainMs: 100
}

export interface Started {
  readonly upstream: ScriptedAnthropic
  readonly gateway: Gateway.RunningGateway
}

/** API-key profiles named after their secrets: `ka` is profile `anthropic:ka`. */
export const keys = (...secrets: ReadonlyArray<string>) => ({
  main: {
    profiles: Object.fromEntries(
      secrets.map((secret) => [
        `anthropic:${secret}`,
        { type: "api_key", provider: "anthropic", key: secret }
      ])
    )
  }
})

/** Runs a test with a gateway in front of a script. */
export const withGateway = <A, E>(
  options: {
    readonly script: ScriptedOptions["credentials"]
    readonly stores?: Readonly<Record<string, unknown>>
    readonly config?: Readonly<Record<string, unknown>>
    readonly gateway?: Partial<GatewayOptions>
    /** Where the dashboard's audit log is, where the dashboard acts. */
    readonly auditLog?: string
    /** How long the provider is waited for. */
    readonly timeouts?: Partial<UpstreamClient.Timeouts>
    /** Default: pins of its own. */
    readonly pins?: Layer.Layer<ResourcePins>
    /** Default: a provider of its own. */
    readonly upstream?: ScriptedAnthropic
  },
  test: (
    started: Started
  ) => Effect.Effect<
    A,
    E,
    | Affinity
    | Failover
    | HealthStore
    | AnswerReports
    | AuthResolver
    | ConfigStore
    | ResourcePins
    | ProfileStore
    | StatePaths
    | UpstreamClient.UpstreamClient
    | Disk.Disk
  >
) =>
  Effect.gen(function* () {
    const upstream = options.upstream ?? (yield* make({ credentials: options.script }))
    const config = JSON.stringify({
      models: { providers: { anthropic: { baseUrl: upstream.url, models: [] } } },
      ...options.config
    })
    const stores = Layer.mergeAll(
      ConfigMemory.layer(config),
      ProfileMemory.layer(options.stores ?? keys(...Object.keys(options.script))),
      HealthMemory.layer,
      Affinity.Default,
      KeptAsideMemory.layer,
      options.pins ?? ResourcePinsMemory.layer,
      refreshLayer,
      Disk.layer,
      RefreshJournalMemory.layer(),
      UpstreamClient.layerFrom({}, { ...UpstreamClient.standardTimeouts, ...options.timeouts })
    ).pipe(
      Layer.provideMerge(EnvironmentMemory.layer({})),
      Layer.provideMerge(EnvironmentMemory.pathsLayer())
    )
    const world = Failover.Default.pipe(
      Layer.provideMerge(Layer.merge(AuthResolver.Default, AnswerReports.Default)),
      Layer.provideMerge(stores)
    )
    return yield* Effect.gen(function* () {
      const actions =
        options.auditLog === undefined
          ? undefined
          : {
              ...(yield* DashboardActions.make(() => "a cure")),
              audit: DashboardActions.auditIn(options.auditLog)
            }
      const gateway = yield* Gateway.start({ ...gatewayOptions, actions, ...options.gateway })
      return yield* test({ upstream, gateway })
    }).pipe(Effect.provide(world))
  }).pipe(Effect.scoped)

/** A small request. */
export const body = {
  model: "claude-opus-4-5",
  max_tokens: 64,
  messages: [{ role: "user" as const, content: "hi" }]
}

/** Sends a request as a client of the gateway does, and reads the whole answer. */
export const ask = (
  { gateway }: Started,
  options: {
    readonly path?: string
    readonly method?: string
    readonly headers?: Record<string, string>
    readonly body?: unknown
  } = {}
) =>
  Effect.promise(async () => {
    const given = options.body ?? body
    const sent = typeof given === "string" ? given : JSON.stringify(given)
    const response = await fetch(`${gateway.url}${options.path ?? "/v1/messages"}`, {
      method: options.method ?? "POST",
      redirect: "manual",
      headers: {
        "x-api-key": clientToken,
        "anthropic-version": "2023-06-01",
        "content-type": "application/json",
        ...options.headers
      },
      ...defined({
        body: options.method === "GET" || options.method === "HEAD" ? undefined : sent
      })
    })
    const text = await response.text().catch((error: Error) => `broken: ${error.message}`)
    return { status: response.status, headers: response.headers, text }
  })

/** The same, streamed. */
export const streaming = { ...body, stream: true }

/** A request as bytes on the wire, for clients that behave as no library does. */
export const onTheWire = (
  { gateway }: Started,
  options: {
    readonly path?: string
    readonly method?: string
    readonly version?: "1.0" | "1.1"
    readonly host?: string
    readonly headers?: Readonly<Record<string, string>>
    readonly body?: string
  } = {}
): string => {
  const text = options.body ?? JSON.stringify(streaming)
  const headers = {
    host: options.host ?? `127.0.0.1:${gateway.port}`,
    "x-api-key": clientToken,
    "anthropic-version": "2023-06-01",
    "content-length": String(Buffer.byteLength(text)),
    ...options.headers
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return (
    `${options.method ?? "POST"} ${options.path ?? "/v1/messages"} ` +
    `HTTP/${options.version ?? "1.1"}\r\n${lines.join("")}\r\n${text}`
  )
}

/** What came over a connection up to its end. */
export interface Heard {
  readonly text: string
  readonly bytes: number
  readonly ended: "end" | "reset"
}

/** A connection to the gateway. */
export const dial = ({ gateway }: Started): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect(gateway.port, "127.0.0.1", () => resolve(socket))
    socket.once("error", reject)
  })

/** Listens to a connection until it ends. Only the first and the last of the text is kept. */
export const hear = (socket: Socket): Promise<Heard> =>
  new Promise((resolve) => {
    const kept = 64 * 1024
    let text = ""
    let bytes = 0
    let ended: Heard["ended"] = "end"
    socket.on("data", (chunk: Buffer) => {
      bytes += chunk.length
      text += chunk.toString("latin1")
      if (text.length > 2 * kept) text = text.slice(0, kept) + text.slice(-kept)
    })
    socket.on("error", () => {
      ended = "reset"
    })
    socket.on("close", () => resolve({ text, bytes, ended }))
  })

/** Waits until something is so; fails when it still is not after more time than it can take. */
export const until = async (is: () => boolean, ms = 20_000): Promise<void> => {
  let isLate = false
  // real time: bounds a wait that is in vain.
  const timer = setTimeout(() => {
    isLate = true
  }, ms)
  try {
    while (!is()) {
      if (isLate) throw new Error("it did not come about")
      await new Promise((resolve) => setImmediate(resolve))
    }
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Waits until a count that moves has stood still while a request of our own went to the gateway and
 * back, several times in a row: whatever could move it had its turn.
 */
export const untilStill = async (
  count: () => number,
  roundTrip: () => Promise<unknown>
): Promise<number> => {
  let last = -1
  for (let same = 0; same < 5; ) {
    await roundTrip()
    const now = count()
    same = now === last && now > 0 ? same + 1 : 0
    last = now
  }
  return last
}
