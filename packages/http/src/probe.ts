/**
 * Puts the credentials of an agent to the test, through the walk every request takes. Loaded only
 * when something is probed.
 */

import type { Agent } from "@clawdbot/domain/Agent/AgentRegistry"
import * as AgentRegistry from "@clawdbot/domain/Agent/AgentRegistry"
import * as AuthFacts from "@clawdbot/domain/Auth/AuthFacts"
import type { CredentialUse } from "@clawdbot/domain/Auth/CredentialUse"
import { Failover, type FailoverError } from "@clawdbot/domain/Auth/Failover"
import { make as makeRoster } from "@clawdbot/domain/Auth/Roster"
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import { providerEntry } from "@clawdbot/domain/Config/provider"
import { StatePaths } from "@clawdbot/domain/Environment/StatePaths"
import * as ModelCatalog from "@clawdbot/domain/Model/ModelCatalog"
import { RefreshJournal } from "@clawdbot/domain/OAuth/RefreshJournal"
import { copiesFor, makeReader } from "@clawdbot/domain/OAuth/readLoginCopies"
import { ProfileStore } from "@clawdbot/domain/Profile/ProfileStore"
import * as ProviderId from "@clawdbot/domain/Profile/ProviderId"
import * as Probe from "@clawdbot/domain/Status/Probe"
import { textOf } from "@clawdbot/domain/Text/textIf"
import * as UpstreamClient from "@clawdbot/node/Upstream/UpstreamClient"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { send } from "./minimalRequest.ts"

/** What is put to the test, and the stored profiles that were named but are not there. */
const prepare = Effect.fnUntraced(function* (
  agent: Agent,
  providers: ReadonlyArray<string>,
  options: Probe.ProbeOptions
) {
  const snapshot = yield* (yield* ConfigStore).load
  const profiles = yield* ProfileStore
  const registry = AgentRegistry.fromConfig(snapshot.config, yield* StatePaths)
  const agents = AuthFacts.inheritanceChain(registry, agent.id)
  const snapshots = yield* Effect.forEach(agents, profiles.read)
  const { copies } = yield* copiesFor(
    { profiles, read: makeReader(yield* RefreshJournal) },
    registry,
    snapshots
  )
  const held = AuthFacts.holdings(snapshots, copies)
  const { config, environment } = snapshot
  const rosters = providers.map((provider) =>
    makeRoster(
      AuthFacts.rosterFacts({
        agent: agent.id,
        provider: ProviderId.normalize(provider),
        config,
        environment,
        snapshots,
        copies
      })
    )
  )
  const kinds = new Map<string, (typeof held)[number]["credential"]["type"]>(
    held.map(({ credential, profile }) => [profile, credential.type])
  )
  const plan = Probe.plan({
    config,
    catalog: ModelCatalog.forAgent(config, agent.id),
    options,
    rosters,
    kinds
  })
  return { config, plan, missing: options.profileIds.filter((id) => !kinds.has(id)) }
})

/** The provider's words, without the secret in case it repeats it. */
const withoutSecret = (text: string, use: CredentialUse | undefined): string => {
  if (use === undefined) return text
  return text.replaceAll(Redacted.value(use.secret).trim() || "\u0000", "…")
}

/** Why nothing could be sent. */
const notSent = (error: FailoverError, profile: string): string => {
  const why =
    error._tag === "NoCredentials"
      ? error.explanation.rejected.find((entry) => entry.profile === profile)
      : undefined
  if (why === undefined) return error.message
  return `not usable: ${why.reason}${textOf(why.detail, (detail) => ` (${detail})`)}`
}

/**
 * One real request per credential, a few at a time; health is updated as by any request, so that a
 * success ends a pause (decision D11). `tell` hears of each one that is done.
 */
export const probe = Effect.fn("probe")(function* (
  agent: Agent,
  providers: ReadonlyArray<string>,
  options: Probe.ProbeOptions,
  tell: (done: number, total: number, result: Probe.ProbeResult) => Effect.Effect<void>
) {
  const startedAt = yield* Clock.currentTimeMillis
  const { config, missing, plan } = yield* prepare(agent, providers, options)
  let done = 0

  const one = Effect.fnUntraced(function* (target: Probe.ProbeTarget) {
    const failover = yield* Failover
    const client = yield* UpstreamClient.UpstreamClient
    const begunAt = yield* Clock.currentTimeMillis
    let used: CredentialUse | undefined
    const request = {
      model: target.modelId,
      maxTokens: options.maxTokens,
      headers: providerEntry(config, target.providerId)?.headers ?? {},
      timeoutMs: options.timeoutMs
    }
    const walked = yield* failover
      .run(
        {
          agent: agent.id,
          provider: target.providerId,
          model: target.modelId,
          profile: target.profile,
          byHand: true
        },
        (use) => {
          used = use
          return send(client, request, use)
        }
      )
      .pipe(
        Effect.map(({ result }) => {
          if (result._tag === "Refused" || result._tag === "Broken")
            return Probe.refused(result.failure)
          return { status: "ok" as const }
        }),
        Effect.catchAll((error) =>
          Effect.succeed({ status: "unknown" as const, error: notSent(error, target.profile) })
        )
      )
    const latencyMs = (yield* Clock.currentTimeMillis) - begunAt
    const error = "error" in walked ? { error: withoutSecret(walked.error ?? "", used) } : {}
    const result = Probe.resultFor(target, { ...walked, ...error, latencyMs })
    done += 1
    yield* tell(done, plan.targets.length, result)
    return result
  })

  const results = yield* Effect.forEach(plan.targets, one, {
    concurrency: options.concurrency
  })
  const finishedAt = yield* Clock.currentTimeMillis
  const probes: Probe.Probes = {
    startedAt,
    finishedAt,
    durationMs: finishedAt - startedAt,
    totalTargets: plan.settled.length + plan.targets.length,
    options,
    results: [...plan.settled, ...results]
  }
  return { probes, missing }
})
