/** Gathers what `models status`, the control plane and `doctor` tell, without sending anything. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as AgentId from "../Agent/AgentId.ts"
import * as AgentRegistry from "../Agent/AgentRegistry.ts"
import * as AuthFacts from "../Auth/AuthFacts.ts"
import type { AuthRequest } from "../Auth/AuthRequest.ts"
import * as Explain from "../Auth/explain.ts"
import * as Order from "../Auth/Order.ts"
import { type Holding, make as makeRoster } from "../Auth/Roster.ts"
import { ConfigStore } from "../Config/ConfigStore.ts"
import { StatePaths } from "../Environment/StatePaths.ts"
import { HealthStore } from "../Health/HealthStore.ts"
import * as ModelCatalog from "../Model/ModelCatalog.ts"
import { ProfileStore } from "../Profile/ProfileStore.ts"
import * as ProviderId from "../Profile/ProviderId.ts"
import { build } from "./buildStatus.ts"
import type { StatusDocument } from "./StatusDocument.ts"

/** A report with what the reading of the files had to tell. */
export interface Reported {
  readonly document: StatusDocument
  readonly notices: ReadonlyArray<string>
}

export class StatusReport extends Effect.Service<StatusReport>()("@clawdbot/domain/Status/StatusReport", {
  effect: Effect.gen(function* () {
    const configs = yield* ConfigStore
    const profiles = yield* ProfileStore
    const healths = yield* HealthStore
    const paths = yield* StatePaths

    /** The report for an agent; without one, for the default agent (decision D21). */
    const report = Effect.fn("StatusReport.report")(function* (agentId: AgentId.AgentId | undefined) {
      const config = yield* configs.load
      const registry = AgentRegistry.fromConfig(config.config, paths)
      const agent = registry.get(agentId ?? registry.defaultAgent)
      const agents = AuthFacts.lineage(registry, agent.id)
      const snapshots = yield* Effect.forEach(agents, profiles.read)
      const documents = new Map(
        yield* Effect.forEach(agents, (id) => Effect.map(healths.read(id), (document) => [id, document] as const))
      )
      const [own] = snapshots
      if (own === undefined) return yield* Effect.dieMessage("an agent's lineage begins with itself")
      const now = yield* Clock.currentTimeMillis
      const catalog = ModelCatalog.fromConfig(config.config)
      const rosterFor = (provider: ProviderId.ProviderId) =>
        makeRoster(
          AuthFacts.rosterFacts({
            agent: agent.id,
            provider,
            config: config.config,
            environment: config.environment,
            snapshots
          })
        )
      const healthOf = (held: Holding) => AuthFacts.healthOf(held, documents)
      const storePath = AgentRegistry.storePath(agent)
      const isAnthropic = catalog.resolvedDefault.provider === ProviderId.anthropic
      const requestFor = (provider: ProviderId.ProviderId): AuthRequest => ({
        agent: agent.id,
        provider,
        ...(provider === ProviderId.anthropic && isAnthropic ? { model: catalog.resolvedDefault.model } : {})
      })
      const document = build({
        paths,
        agent: agent.id,
        agentDir: agent.dir,
        storePath,
        config,
        catalog,
        store: own,
        known: AuthFacts.holdings(snapshots).map((held) => ({ ...held, health: healthOf(held) })),
        explain: (provider) => {
          const request = requestFor(provider)
          const ranking = Order.rank(rosterFor(provider), healthOf, AuthFacts.moment(request, undefined, now))
          return Explain.explain(request, ranking, storePath)
        },
        now
      })
      const reported: Reported = {
        document,
        notices: [...config.warnings, ...catalog.warnings, ...snapshots.flatMap((snapshot) => snapshot.notices)]
      }
      return reported
    })

    return { report } as const
  })
}) {}
