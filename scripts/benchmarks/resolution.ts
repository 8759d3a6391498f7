// Order and resolution at many profiles, inside one process: one JSON line of microseconds
// (medians).
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import { Affinity } from "@clawdbot/domain/Auth/Affinity"
import { AuthResolver } from "@clawdbot/domain/Auth/AuthResolver"
import { rank } from "@clawdbot/domain/Auth/Snapshot"
import { Snapshots } from "@clawdbot/domain/Auth/Snapshots"
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import { OAuthRefresh } from "@clawdbot/domain/OAuth/OAuthRefresh"
import * as ProviderId from "@clawdbot/domain/Profile/ProviderId"
import * as ConfigMemory from "@clawdbot/testing/Config/ConfigMemory"
import * as EnvironmentMemory from "@clawdbot/testing/Environment/EnvironmentMemory"
import * as HealthMemory from "@clawdbot/testing/Health/HealthMemory"
import * as RefreshJournalMemory from "@clawdbot/testing/OAuth/RefreshJournalMemory"
import * as ProfileMemory from "@clawdbot/testing/Profile/ProfileMemory"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

const refresh = Layer.succeed(OAuthRefresh, {
  ensureFresh: ({ credential }) => Effect.succeed(credential),
  afterRefusal: () => Effect.succeedNone,
  refreshNow: ({ credential }) => Effect.succeed(credential),
  current: ({ credential }) => credential
})

/** A config store that answers from memory, as the gateway's does. */
const config = Layer.effect(
  ConfigStore,
  Effect.gen(function* () {
    const store = yield* ConfigStore
    const snapshot = yield* store.load
    return { ...store, load: Effect.succeed(snapshot) }
  })
).pipe(Layer.provide(ConfigMemory.layer("{}")))

const world = (profiles: number) =>
  AuthResolver.Default.pipe(
    Layer.provideMerge(Snapshots.Default),
    Layer.provide(
      Layer.mergeAll(
        config,
        ProfileMemory.layer({
          main: {
            profiles: Object.fromEntries(
              Array.from({ length: profiles }, (_, index) => [
                `anthropic:p${index}`,
                { type: "api_key", provider: "anthropic", key: `sk-ant-api03-${index}` }
              ])
            )
          }
        }),
        HealthMemory.layer,
        Affinity.Default,
        RefreshJournalMemory.layer(),
        refresh
      )
    ),
    Layer.provide(Layer.merge(EnvironmentMemory.layer({}), EnvironmentMemory.pathsLayer()))
  )

const request = { agent: AgentId.main, provider: ProviderId.anthropic, model: "claude-opus-4-5" }

const time = <A, E, R>(rounds: number, effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const taken: Array<number> = []
    for (let round = 0; round < rounds; round++) {
      const begun = performance.now()
      yield* effect
      taken.push((performance.now() - begun) * 1000)
    }
    return taken.sort((a, b) => a - b)[Math.floor(rounds / 2)] ?? Number.NaN
  })

const rows = Effect.forEach([3, 100, 10_000], (profiles) =>
  Effect.gen(function* () {
    const resolver = yield* AuthResolver
    const snapshots = yield* Snapshots
    const order = Effect.map(snapshots.get(request), (found) => rank(found, request, Date.now()))
    yield* time(300, resolver.resolve(request))
    yield* time(30, order)
    return {
      profiles,
      resolveUs: yield* time(2_000, resolver.resolve(request)),
      orderUs: yield* time(60, order)
    }
  }).pipe(Effect.provide(world(profiles)))
)

const measured = await Effect.runPromise(rows as Effect.Effect<ReadonlyArray<unknown>>)
process.stdout.write(`${JSON.stringify(measured)}\n`)
