/** The control plane over the services of one gateway. */

import * as AgentRegistry from "@clawdbot/domain/Agent/AgentRegistry"
import { Affinity } from "@clawdbot/domain/Auth/Affinity"
import { AnswerReports } from "@clawdbot/domain/Auth/AnswerReports"
import type { AuthResolver } from "@clawdbot/domain/Auth/AuthResolver"
import { issueToken } from "@clawdbot/domain/Auth/IssuedToken"
import * as BackgroundLoop from "@clawdbot/domain/Background/backgroundLoop"
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import { isCacheWatched } from "@clawdbot/domain/Config/isCacheWatched"
import { versionForAll } from "@clawdbot/domain/Config/sameForAll"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import { HealthStore } from "@clawdbot/domain/Health/HealthStore"
import * as ProcessMetrics from "@clawdbot/domain/Metric/processMetrics"
import { networkAddresses } from "@clawdbot/node/Process/networkAddresses"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { GatewayOptions } from "../GatewayOptions.ts"
import type { GatewayState } from "../gatewayState.ts"
import * as AgentFigures from "./agentFigures.ts"
import * as ControlPlane from "./ControlPlane.ts"
import { GatewayInfo } from "./GatewayInfo.ts"
import { urlsOf } from "./gatewayUrls.ts"
import { withPlanSizes } from "./planSizes.ts"
import { QuotaPace, sampleMs } from "./QuotaPace.ts"

/** Makes the handler of the control plane. `port` gives the port once the gateway listens. */
export const makeControl = (
  options: GatewayOptions,
  port: () => number,
  { answerHeaders, cacheHours, inFlight, metrics, requests, sessions, stopping }: GatewayState
) =>
  Effect.gen(function* () {
    const configs = yield* ConfigStore
    const paths = yield* StatePaths
    const resolver = yield* Effect.context<AuthResolver>()
    const reports = yield* AnswerReports
    const { sizes } = yield* Affinity
    const { changes, current } = yield* HealthStore
    const clock = yield* Effect.clock
    const startedAt = yield* Clock.currentTimeMillis
    const {
      clientTokenFrom,
      clientTokens,
      fleet,
      host,
      hosts = [],
      practice,
      usage,
      version
    } = options
    const agents = Effect.map(configs.load, ({ config }) => AgentRegistry.fromConfig(config, paths))
    const pace = new QuotaPace()
    const sample = Effect.map(agents, (registry) => {
      for (const { id } of registry.agents) {
        const document = current(id)
        if (document !== undefined) pace.note(id, document)
      }
      return registry
    })
    yield* BackgroundLoop.start(
      { task: "following how fast plans are used", every: sampleMs },
      sample
    )
    const status: GatewayOptions["status"] = (agent) =>
      Effect.gen(function* () {
        const found = yield* options.status(agent)
        const { defaultAgent } = yield* sample
        const now = yield* Clock.currentTimeMillis
        const asked = agent ?? defaultAgent
        return withPlanSizes(asked, pace.withForecasts(asked, found, now), sizes)
      })
    const figures = Effect.all([AgentFigures.ofAll(agents, status), ProcessMetrics.readAll])
    return ControlPlane.make(
      {
        status,
        usage,
        requests,
        metrics: Effect.map(figures, ([ofAgents, counts]) =>
          metrics.render({
            ...ofAgents,
            open: inFlight.open,
            counts,
            version,
            budgets: options.budgets?.figures(clock.unsafeCurrentTimeMillis()),
            fleet: fleet?.report(),
            storeDownMs: fleet?.storeDownMs() ?? 0
          })
        ),
        cache: (asked) => {
          const { rows, since } = cacheHours.from(asked ?? startedAt)
          const enabled = isCacheWatched(configs.current()?.config)
          return { enabled, since: Math.max(since, startedAt), rows }
        },
        budgets: () => {
          const at = clock.unsafeCurrentTimeMillis()
          return options.budgets?.report(at) ?? { at, from: "gateway", clients: [] }
        },
        healthChanges: changes,
        stopping,
        issueToken: (request) => Effect.provide(issueToken(request), resolver),
        takeReport: (report) => Effect.provide(reports.take(report), resolver),
        agents,
        configVersion: () => versionForAll(configs.current()),
        gateway: Effect.map(
          networkAddresses,
          (addresses) =>
            new GatewayInfo({
              version,
              pid: process.pid,
              startedAt,
              host,
              port: port(),
              hosts,
              ...urlsOf(host, port(), addresses),
              practice,
              fleet: fleet?.report()
            })
        ),
        clientToken: { token: clientTokens[0], from: clientTokenFrom },
        offerLink: () => sessions.createLink()
      },
      answerHeaders
    )
  })
