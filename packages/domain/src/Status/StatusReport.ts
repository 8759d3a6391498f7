/** Gathers what `models status`, the control plane and `doctor` tell, without sending anything. */

import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as AgentId from "../Agent/AgentId.ts"
import * as AgentRegistry from "../Agent/AgentRegistry.ts"
import * as AmbientKey from "../Auth/AmbientKey.ts"
import * as AuthFacts from "../Auth/AuthFacts.ts"
import type { AuthRequest } from "../Auth/AuthRequest.ts"
import type { Explanation } from "../Auth/Explanation.ts"
import { withoutConversations } from "../Auth/economy/compareQuota.ts"
import * as Explain from "../Auth/explain.ts"
import { rank } from "../Auth/OrderIndex.ts"
import { type Holding, make as makeRoster } from "../Auth/Roster.ts"
import { withCures } from "../Auth/rejectionCure.ts"
import { ConfigStore } from "../Config/ConfigStore.ts"
import { defined } from "../Document/defined.ts"
import { StatePaths } from "../Environment/StatePaths.ts"
import { HealthStore } from "../Health/HealthStore.ts"
import { fallbackModels, isOn } from "../Model/fallbackModels.ts"
import * as ModelCatalog from "../Model/ModelCatalog.ts"
import type * as ModelRef from "../Model/ModelRef.ts"
import { RefreshJournal } from "../OAuth/RefreshJournal.ts"
import { copiesFor, makeReader } from "../OAuth/readLoginCopies.ts"
import { ProfileStore } from "../Profile/ProfileStore.ts"
import * as ProviderId from "../Profile/ProviderId.ts"
import { build } from "./buildStatus.ts"
import type { StatusDocument } from "./StatusDocument.ts"

/** A report with what the reading of the files had to tell. */
export interface Reported {
  readonly document: StatusDocument
  readonly notices: ReadonlyArray<string>
}

/** The dry run of one request, with what the reading of the files had to tell. */
export interface Explained {
  readonly explanation: Explanation
  readonly notices: ReadonlyArray<string>
}

const make = Effect.gen(function* () {
  const configs = yield* ConfigStore
  const profiles = yield* ProfileStore
  const healths = yield* HealthStore
  const paths = yield* StatePaths
  const copying = { profiles, read: makeReader(yield* RefreshJournal) }

  /**
   * What an agent can draw on, read once: its stores and those it inherits from, and how a
   * request would fare with them.
   */
  const survey = Effect.fnUntraced(function* (agentId: AgentId.AgentId | undefined) {
    const config = yield* configs.load
    const registry = AgentRegistry.fromConfig(config.config, paths)
    const agent = registry.get(agentId ?? registry.defaultAgent)
    const agents = AuthFacts.inheritanceChain(registry, agent.id)
    const snapshots = yield* Effect.forEach(agents, profiles.read)
    const { copies } = yield* copiesFor(copying, registry, snapshots)
    const documents = new Map(
      yield* Effect.forEach(agents, (id) =>
        Effect.map(healths.read(id), (document) => [id, document] as const)
      )
    )
    const now = yield* Clock.currentTimeMillis
    const catalog = ModelCatalog.forAgent(config.config, agent.id)
    const healthOf = (held: Holding) =>
      AuthFacts.healthOf(
        held,
        documents,
        AuthFacts.healthSettings(config.config, held.credential.provider),
        now
      )
    const own = snapshots.find((snapshot) => snapshot.agent === agent.id)
    const storePath = own?.path ?? AgentRegistry.storePath(agent)
    const dryRun = (provider: ProviderId.ProviderId, model: string | undefined): Explanation => {
      const request: AuthRequest = {
        agent: agent.id,
        provider,
        ...defined({ model })
      }
      const facts = {
        agent: agent.id,
        provider,
        config: config.config,
        environment: config.environment,
        snapshots,
        copies
      }
      const roster = makeRoster(AuthFacts.rosterFacts(facts))
      const quota = AuthFacts.goesByQuota(config.config) ? withoutConversations : undefined
      const isByConversation =
        AuthFacts.hasHomes(config.config) && quota === undefined && !roster.explicit
      return withCures(
        Explain.explain(
          request,
          rank(roster, healthOf, AuthFacts.moment(request, undefined, now, false, quota)),
          storePath,
          isByConversation || undefined
        )
      )
    }
    const { model, provider: ofDefault } = catalog.resolvedDefault
    /**
     * With the default model, where that is the provider's; Claude's limits differ by model.
     */
    const byDefault = (provider: ProviderId.ProviderId): Explanation =>
      dryRun(
        provider,
        provider === ProviderId.anthropic && provider === ofDefault ? model : undefined
      )
    const notices = [
      ...config.warnings,
      ...AmbientKey.find(config.config, config.environment, ProviderId.anthropic).flatMap(
        (key) => key.notices
      ),
      ...snapshots.flatMap((snapshot) => snapshot.notices.map(({ text }) => text))
    ]
    return {
      agent,
      byDefault,
      catalog,
      config,
      copies,
      dryRun,
      healthOf,
      notices,
      now,
      snapshots,
      storePath
    }
  })

  /** The report for an agent; without one, for the default agent (decision D21). */
  const report = Effect.fn("StatusReport.report")(function* (agentId: AgentId.AgentId | undefined) {
    const {
      agent,
      byDefault,
      catalog,
      config,
      copies,
      healthOf,
      notices,
      now,
      snapshots,
      storePath
    } = yield* survey(agentId)
    const [own] = snapshots
    if (own === undefined)
      return yield* Effect.dieMessage("an inheritance chain begins with its agent")
    const document = build({
      paths,
      agent: agent.id,
      agentDir: agent.dir,
      storePath,
      config,
      catalog,
      store: own,
      known: AuthFacts.holdings(snapshots, copies).map((held) => ({
        ...held,
        health: healthOf(held)
      })),
      explain: byDefault,
      now
    })
    const reported: Reported = { document, notices }
    return reported
  })

  /** The dry run of a request for a model; without one, what the report shows. */
  const explain = Effect.fn("StatusReport.explain")(function* (
    agentId: AgentId.AgentId | undefined,
    ref: ModelRef.ModelRef | undefined
  ) {
    const { agent, byDefault, config, dryRun, notices } = yield* survey(agentId)
    const explanation =
      ref === undefined ? byDefault(ProviderId.anthropic) : dryRun(ref.provider, ref.model)
    const { model = "", provider } = explanation
    const explained: Explained = { explanation, notices }
    if (provider !== ProviderId.anthropic || !isOn(config.config)) return explained
    const { others } = fallbackModels(config.config, agent.id, model)
    return { explanation: { ...explanation, fallbacks: others }, notices }
  })

  return { report, explain } as const
})

export class StatusReport extends Effect.Service<StatusReport>()(
  "@clawdbot/domain/Status/StatusReport",
  { effect: make }
) {}

/** The service itself, for who gives services without layers. */
export const service = Effect.map(make, (report) => new StatusReport(report))
