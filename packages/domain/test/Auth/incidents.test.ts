/**
 * Small pools over five days with incidents of every kind the provider gives no end for: how long a
 * guess keeps a client away from a credential that would answer (decision D32). On the test clock;
 * the provider keeps its own books.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as AgentId from "../../src/Agent/AgentId.ts"
import type { AttemptResult } from "../../src/Auth/AttemptResult.ts"
import type { CredentialUse } from "../../src/Auth/CredentialUse.ts"
import { Failover } from "../../src/Auth/Failover.ts"
import type { FailureClass } from "../../src/Health/UpstreamFailure.ts"
import * as ProviderId from "../../src/Profile/ProviderId.ts"
import * as ManualClock from "./manualClock.ts"
import { layerWorld } from "./world.ts"

const second = 1_000
const minute = 60 * second
const hour = 60 * minute
const request = { agent: AgentId.main, provider: ProviderId.anthropic, model: "claude-opus-4-5" }

/** The longest time between two trials of a cooldown of each class. */
const longestWait = { rate_limit: minute, auth: 5 * minute, billing: 5 * minute }
type Incident = keyof typeof longestWait
const kinds: ReadonlyArray<Incident> = ["rate_limit", "auth", "billing"]

interface Book {
  failureClass: FailureClass
  until: number
}

/** For how long, in ms, requests were refused although the provider would have answered. */
const run = (clock: ManualClock.ManualClock, pool: number, hours: number) =>
  Effect.gen(function* () {
    const failover = yield* Failover
    const books = new Map<string, Book>()
    const longest = { rate_limit: 0, auth: 0, billing: 0 }
    let answered = 0
    let refused = 0
    /** Since when a profile would answer and requests were refused, one after the other. */
    const waiting = new Map<string, number>()
    const attempt = (use: CredentialUse): Effect.Effect<AttemptResult<string>> =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        const book = books.get(use.profile)
        return book === undefined || now >= book.until
          ? { _tag: "Answered", value: "", windows: [] }
          : { _tag: "Refused", value: "", failure: { class: book.failureClass, windows: [] } }
      })
    for (let at = 0; at < hours * hour; ) {
      const now = yield* Clock.currentTimeMillis
      for (let index = 0; index < pool; index++) {
        const isDown = (books.get(`p${index}`)?.until ?? 0) > now
        if (isDown || (yield* Random.next) > 0.02) continue
        const failureClass = kinds[yield* Random.nextIntBetween(0, kinds.length)] ?? "auth"
        const forMs = yield* Random.nextIntBetween(second, 3 * hour)
        books.set(`p${index}`, { failureClass, until: now + forMs })
      }
      const outcome = yield* Effect.either(failover.run(request, attempt))
      const isGood = outcome._tag === "Right" && outcome.right.result._tag === "Answered"
      answered += isGood ? 1 : 0
      refused += isGood ? 0 : 1
      for (const [profile, { failureClass, until }] of books) {
        if (isGood || now < until) waiting.delete(profile)
        else {
          const since = waiting.get(profile) ?? now
          waiting.set(profile, since)
          const kind = kinds.find((name) => name === failureClass) ?? "auth"
          longest[kind] = Math.max(longest[kind], now - since)
        }
      }
      // A busy client, and now and then one that comes after a while.
      const wait = (yield* Random.next) < 0.9 ? 10 * second : 5 * minute
      at += wait
      yield* clock.advance(wait)
      if (answered % 100 === 0) yield* ManualClock.pause
    }
    return { answered, refused, longest }
  })

describe("what a guess costs", () => {
  for (const pool of [1, 3]) {
    it.effect(
      `${pool} of them: never more than a trial interval`,
      () => {
        const clock = ManualClock.make()
        return run(clock, pool, 5 * 24).pipe(
          Effect.tap(({ answered, longest, refused }) =>
            Effect.sync(() => {
              assert.isAbove(answered, 0)
              assert.isAbove(refused, 0)
              // As far apart as trials are, and as requests are.
              for (const kind of kinds)
                assert.isAtMost(longest[kind], longestWait[kind] + 5 * minute, kind)
            })
          ),
          Effect.withRandom(Random.make(`incidents ${pool}`)),
          Effect.provide(
            layerWorld({
              stores: {
                main: {
                  profiles: Object.fromEntries(
                    Array.from({ length: pool }, (_, index) => [
                      `p${index}`,
                      { type: "api_key", provider: "anthropic", key: `k${index}` }
                    ])
                  )
                }
              }
            })
          ),
          Effect.withClock(clock)
        )
      },
      120_000
    )
  }
})
