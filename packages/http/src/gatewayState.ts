/** What one gateway keeps in memory while it runs, and what its parts share. */

import { CacheHours } from "@clawdbot/domain/PromptCache/CacheHours"
import { ChunkRelief } from "@clawdbot/node/Process/ChunkRelief"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { Connections } from "./Connections.ts"
import { Metrics } from "./control/Metrics.ts"
import { RequestLog } from "./control/RequestLog.ts"
import { DashboardSession } from "./dashboard/DashboardSession.ts"
import * as SessionKey from "./dashboard/SessionKey.ts"
import { FairScheduler } from "./FairScheduler.ts"
import type { GatewayOptions } from "./GatewayOptions.ts"
import { maxConnections, maxRequests, maxRequestsPerClient } from "./gatewayServer.ts"
import { InFlight } from "./InFlight.ts"
import { LocalResponses } from "./LocalResponses.ts"
import { RequestReporter } from "./RequestReporter.ts"

/** The memory of one gateway. */
export interface GatewayState {
  /** Go on every response. */
  readonly answerHeaders: Readonly<Record<string, string>>
  readonly requests: RequestLog
  readonly metrics: Metrics
  /** What the prompt cache did. */
  readonly cacheHours: CacheHours
  readonly inFlight: InFlight
  readonly scheduler: FairScheduler
  readonly connections: Connections
  readonly reporter: RequestReporter
  readonly responses: LocalResponses
  readonly sessions: DashboardSession
  /** Done when the gateway is stopped. */
  readonly stopping: Deferred.Deferred<void>
}

/** The empty memory of a gateway that starts. */
export const make = (options: GatewayOptions): Effect.Effect<GatewayState> =>
  Effect.gen(function* () {
    const clock = yield* Effect.clock
    const now = () => clock.unsafeCurrentTimeMillis()
    const answerHeaders: Readonly<Record<string, string>> = options.practice
      ? { "x-clawdbot-practice": "true" }
      : {}
    const requests = new RequestLog()
    const metrics = new Metrics()
    const cacheHours = new CacheHours()
    const { accessLog, observe, telemetry } = options
    const reporter = new RequestReporter({
      requests,
      metrics,
      cacheHours,
      accessLog,
      observe,
      telemetry
    })
    const monotonic = () => performance.now()
    return {
      answerHeaders,
      requests,
      metrics,
      cacheHours,
      inFlight: new InFlight(),
      scheduler: new FairScheduler(monotonic, { onBytes: new ChunkRelief().passed }),
      connections: new Connections(
        {
          connections: maxConnections,
          requests: maxRequests,
          requestsPerClient: maxRequestsPerClient
        },
        monotonic
      ),
      reporter,
      responses: new LocalResponses(reporter, answerHeaders, now),
      sessions: new DashboardSession(
        options.dashboard?.key ?? SessionKey.inMemory(),
        now,
        options.dashboard?.sharedLinks
      ),
      stopping: yield* Deferred.make<void>()
    }
  })
