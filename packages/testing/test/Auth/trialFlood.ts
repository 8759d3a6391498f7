/**
 * Several gateways on one state folder whose credentials are all cooling down by a guess, and more
 * requests than they can count: what reaches the provider, on the test clock.
 */
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import { Affinity } from "@clawdbot/domain/Auth/Affinity"
import type { AttemptResult } from "@clawdbot/domain/Auth/AttemptResult"
import { AuthResolver } from "@clawdbot/domain/Auth/AuthResolver"
import type { CredentialUse } from "@clawdbot/domain/Auth/CredentialUse"
import { Failover } from "@clawdbot/domain/Auth/Failover"
import { OAuthRefresh } from "@clawdbot/domain/OAuth/OAuthRefresh"
import type { ProfileId } from "@clawdbot/domain/Profile/ProfileId"
import * as ProviderId from "@clawdbot/domain/Profile/ProviderId"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import * as ConfigMemory from "../../src/Config/ConfigMemory.ts"
import * as EnvironmentMemory from "../../src/Environment/EnvironmentMemory.ts"
import * as HealthMemory from "../../src/Health/HealthMemory.ts"
import * as RefreshJournalMemory from "../../src/OAuth/RefreshJournalMemory.ts"
import * as ProfileMemory from "../../src/Profile/ProfileMemory.ts"

export interface Flood {
  readonly credentials: number
  readonly requestsPerSecond: number
  readonly seconds: number
  readonly gateways: number
  /** One of them is replaced by a new process this often, in seconds. */
  readonly restartEvery: number
}

/** What reached the provider. */
export interface Seen {
  /** When, in epoch ms of the test clock. */
  readonly times: ReadonlyArray<number>
  readonly profiles: ReadonlySet<ProfileId>
}

const request = { agent: AgentId.main, provider: ProviderId.anthropic, model: "claude-opus-4-5" }

export const flood = ({
  credentials,
  gateways,
  requestsPerSecond,
  restartEvery,
  seconds
}: Flood): Effect.Effect<Seen, never, Scope.Scope> =>
  Effect.gen(function* () {
    const profiles = Object.fromEntries(
      Array.from({ length: credentials }, (_, index) => [
        `anthropic:${index}`,
        { type: "api_key", provider: "anthropic", key: `key-${index}` }
      ])
    )
    // Of another program that knew no better, without the time of a failure: only trials pass it.
    const usageStats = Object.fromEntries(
      Object.keys(profiles).map((id) => [id, { cooldownUntil: 4_102_444_800_000 }])
    )
    const machine = Layer.mergeAll(
      ProfileMemory.layer({ main: { version: 1, profiles, usageStats } }),
      ConfigMemory.layer("{}"),
      HealthMemory.sharedFolder(),
      Affinity.Default,
      RefreshJournalMemory.layer(),
      Layer.succeed(OAuthRefresh, {
        ensureFresh: ({ credential }) => Effect.succeed(credential),
        afterRefusal: () => Effect.succeedNone,
        refreshNow: ({ credential }) => Effect.succeed(credential),
        current: ({ credential }) => credential
      })
    ).pipe(
      Layer.provideMerge(
        Layer.mergeAll(EnvironmentMemory.layer({}), EnvironmentMemory.pathsLayer())
      )
    )
    const start = Effect.gen(function* () {
      const scope = yield* Scope.make()
      yield* Effect.addFinalizer((exit) => Scope.close(scope, exit))
      const policies = Failover.Default.pipe(
        Layer.provide(AuthResolver.Default),
        Layer.provide(machine),
        Layer.fresh
      )
      const context = yield* Layer.buildWithScope(policies, scope)
      return { failover: Context.get(context, Failover), scope }
    })

    const times: Array<number> = []
    const seen = new Set<ProfileId>()
    const refuse = (use: CredentialUse): Effect.Effect<AttemptResult<string>> =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        times.push(now)
        seen.add(use.profile)
        return {
          _tag: "Refused",
          value: "",
          failure: { class: "rate_limit", status: 429, windows: [] }
        }
      })
    const running = yield* Effect.all(Array.from({ length: gateways }, () => start))
    const send = (index: number) => {
      const gateway = running[index % running.length]
      return gateway === undefined
        ? Effect.void
        : Effect.asVoid(Effect.either(gateway.failover.run(request, refuse)))
    }
    // The test clock takes real time for each step.
    const step = 500
    const each = Math.round((requestsPerSecond * step) / 1000)
    for (let at = 0; at < seconds * 1000; at += step) {
      for (let count = 0; count < each; count++) yield* send(count)
      if (at > 0 && at % (restartEvery * 1000) === 0) {
        const [oldest] = running.splice(0, 1)
        if (oldest !== undefined) yield* Scope.close(oldest.scope, Exit.void)
        running.push(yield* start)
      }
      yield* TestClock.adjust(step)
    }
    return { times, profiles: seen }
  })

/** The shortest time between two of them, in ms. */
export const shortestGap = (times: ReadonlyArray<number>): number =>
  times.reduce(
    (shortest, time, index) =>
      index === 0 ? shortest : Math.min(shortest, time - (times[index - 1] ?? 0)),
    Number.POSITIVE_INFINITY
  )
