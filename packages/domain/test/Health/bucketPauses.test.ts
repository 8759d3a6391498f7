/** What refusals and successes of one of the provider's buckets do to what is known of others. */
import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import * as Cooldown from "../../src/Health/Cooldown.ts"
import * as Health from "../../src/Health/HealthDocument.ts"
import type { HealthEvent } from "../../src/Health/HealthEvent.ts"
import * as HealthPolicy from "../../src/Health/HealthPolicy.ts"
import { type RequestShape, requestTarget } from "../../src/Health/RequestTarget.ts"
import type { FailureClass, UpstreamFailure } from "../../src/Health/UpstreamFailure.ts"
import type { Window } from "../../src/Health/Window.ts"
import * as ProviderId from "../../src/Profile/ProviderId.ts"

const now = 1_800_000_000_000
const second = 1_000
const hour = 3_600_000
const fresh = Health.unknown("f")
const opus: RequestShape = { model: "claude-opus-5" }
const counting: RequestShape = { ...opus, path: "/v1/messages/count_tokens" }

const failed = (failure: Partial<UpstreamFailure>, at: number, startedAt: number): HealthEvent => ({
  _tag: "Failed",
  at,
  startedAt,
  jitterMs: 0,
  ladder: Cooldown.settings({}, ProviderId.anthropic),
  failure: { class: "rate_limit", windows: [], ...failure }
})
const stated = (scope: string, until: number, observedAt: number): Window => ({
  scope,
  until,
  class: "rate_limit",
  source: "retry-after",
  observedAt
})
const succeeded = (asked: RequestShape, at: number): HealthEvent => ({
  _tag: "Succeeded",
  at,
  startedAt: at - second,
  target: requestTarget(asked),
  windows: []
})
const usableAt = (health: Health.ProfileHealth, asked: RequestShape, at: number) =>
  HealthPolicy.usableAt(health, requestTarget(asked), at)

describe("the ladder of guessed cooldowns", () => {
  const guess = (
    scope: string,
    health: Health.ProfileHealth,
    at: number,
    kind: FailureClass = "auth"
  ) => HealthPolicy.apply(health, failed({ class: kind, scope }, at, at - 1))
  const pauseOf = (health: Health.ProfileHealth, scope: string, at: number) =>
    (health.windows.find((window) => window.scope === scope)?.until ?? at) - at
  const climbed = (scope: string, times: number, kind?: FailureClass) =>
    Array.from({ length: times }).reduce<Health.ProfileHealth>(
      (health, _, index) => guess(scope, health, now + index * hour, kind),
      fresh
    )

  it("ten 401s on files lengthen no cooldown of messages, nor the other way round", () => {
    const at = now + 10 * hour
    const afterFiles = climbed("path:files", 10)
    assert.strictEqual(pauseOf(afterFiles, "path:files", now + 9 * hour), hour)
    assert.strictEqual(pauseOf(guess("credential", afterFiles, at), "credential", at), 30 * second)
    const afterMessages = climbed("credential", 10)
    assert.strictEqual(
      pauseOf(guess("path:files", afterMessages, at), "path:files", at),
      30 * second
    )
  })

  it("nor does credit: each scope begins at the first step", () => {
    const at = now + 3 * hour
    const health = guess("credential", climbed("path:files", 3, "billing"), at, "billing")
    assert.strictEqual(pauseOf(health, "credential", at), 600 * second)
  })

  it("no guess about one scope changes how long another one cools down", () => {
    const scopes = fc.constantFrom("credential", "group:opus-5", "group:haiku-4", "path:files")
    const incidents = fc.array(
      fc.tuple(scopes, fc.constantFrom<FailureClass>("auth", "rate_limit", "billing")),
      {
        maxLength: 12
      }
    )
    fc.assert(
      fc.property(incidents, scopes, (all, scope) => {
        // Far apart, so that no cooldown of the credential hides an incident of a scope.
        const pauses = (isMeant: (name: string) => boolean) => {
          let health = fresh
          return all.flatMap(([name, kind], index) => {
            const at = now + index * 6 * hour
            if (isMeant(name)) health = guess(name, health, at, kind)
            return name === scope ? [pauseOf(health, scope, at)] : []
          })
        }
        assert.deepStrictEqual(
          pauses(() => true),
          pauses((name) => name === scope)
        )
      })
    )
  })

  it("an older build's count is that of messages", () => {
    const old = { ...fresh, ladder: { count: 2, lastFailureAt: now, byClass: { auth: 2 } } }
    const at = now + hour
    assert.strictEqual(pauseOf(guess("credential", old, at), "credential", at), 300 * second)
    assert.strictEqual(pauseOf(guess("path:files", old, at), "path:files", at), 30 * second)
  })
})

describe("an answer to a request that was sent before a longer pause was learned (D33)", () => {
  const long = HealthPolicy.apply(
    fresh,
    failed({ windows: [stated("group:opus-5", now + hour, now)] }, now, now - second)
  )

  it("shortens nothing, whether it names a time or not", () => {
    for (const failure of [
      { windows: [stated("group:opus-5", now + 5 * second, now + second)] },
      { scope: "group:opus-5" }
    ]) {
      const after = HealthPolicy.apply(long, failed(failure, now + second, now - 2 * second))
      assert.strictEqual(usableAt(after, opus, now + second), now + hour)
    }
  })

  it("lengthens it, and a later request's answer is the newer word", () => {
    const longer = failed(
      { windows: [stated("group:opus-5", now + 2 * hour, now + second)] },
      now + second,
      now - 2 * second
    )
    assert.strictEqual(
      usableAt(HealthPolicy.apply(long, longer), opus, now + second),
      now + 2 * hour
    )
    const later = failed(
      { windows: [stated("group:opus-5", now + 9 * second, now + 2 * second)] },
      now + 2 * second,
      now + second
    )
    assert.strictEqual(
      usableAt(HealthPolicy.apply(long, later), opus, now + 2 * second),
      now + 9 * second
    )
  })

  it("holds in any order of answers to requests that were sent at once", () => {
    const ends = fc.array(fc.integer({ min: 1, max: 10_000 }), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(ends, (offsets) => {
        let health: Health.ProfileHealth = fresh
        offsets.forEach((offset, index) => {
          const at = now + index
          const until = now + offset * second
          health = HealthPolicy.apply(
            health,
            failed({ windows: [stated("group:opus-5", until, at)] }, at, now - second)
          )
        })
        assert.strictEqual(
          usableAt(health, opus, now + offsets.length),
          now + Math.max(...offsets) * second
        )
      })
    )
  })
})

describe("our own pause", () => {
  it("is about what was refused, and nothing else", () => {
    const after = HealthPolicy.apply(fresh, failed({ scope: "group:opus-5" }, now, now - second))
    assert.isAbove(usableAt(after, opus, now), now)
    assert.strictEqual(usableAt(after, { model: "claude-opus-4-8" }, now), 0)
    assert.strictEqual(usableAt(after, counting, now), 0)
  })

  it("is not moved by jitter, which is for ends that the provider gave", () => {
    const wall: Window = { ...stated("group:opus-5", now + 60 * second, now), source: "wall" }
    const event = { ...failed({ windows: [wall] }, now, now - second), jitterMs: 2_000 }
    assert.strictEqual(usableAt(HealthPolicy.apply(fresh, event), opus, now), now + 60 * second)
  })
})

describe("a success with another resource than messages", () => {
  const cooling = (failureClass: Window["class"], scope = "credential"): Health.ProfileHealth => ({
    ...fresh,
    windows: [{ ...stated(scope, now + hour, now), class: failureClass }]
  })
  const at = now + 10 * second

  it("proves that the credential is accepted", () => {
    const after = HealthPolicy.apply(cooling("auth"), succeeded(counting, at))
    assert.strictEqual(usableAt(after, opus, at), 0)
  })

  it("proves nothing about credit, limits on spending, or the limits of messages", () => {
    for (const failureClass of ["billing", "spend_cap", "rate_limit"]) {
      const after = HealthPolicy.apply(cooling(failureClass), succeeded(counting, at))
      assert.strictEqual(usableAt(after, opus, at), now + hour, failureClass)
      const group = HealthPolicy.apply(
        cooling(failureClass, "group:opus-5"),
        succeeded(counting, at)
      )
      assert.strictEqual(usableAt(group, opus, at), now + hour, failureClass)
    }
  })

  it("ends the pause of that resource", () => {
    const after = HealthPolicy.apply(
      cooling("rate_limit", "path:count_tokens"),
      succeeded(counting, at)
    )
    assert.strictEqual(usableAt(after, counting, at), 0)
  })
})
