/**
 * What every `HealthStore` must keep about trials, among all processes that share a state folder
 * (decision D32), run against each layer.
 */

import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import { withUsageStats } from "@clawdbot/domain/Health/foreignRecord"
import * as HealthPolicy from "@clawdbot/domain/Health/HealthPolicy"
import { HealthStore, type TrialRequest } from "@clawdbot/domain/Health/HealthStore"
import { anyRequest } from "@clawdbot/domain/Health/RequestTarget"
import type { Window } from "@clawdbot/domain/Health/Window"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"

const id = ProfileId.of("anthropic:work")
const minute = 60_000

/** A cooldown that is a guess, from a minute ago. */
const guess = (now: number, more: Partial<Window> = {}): Window => ({
  scope: "credential",
  until: now + 60 * minute,
  class: "rate_limit",
  source: "usageStats",
  observedAt: now - minute,
  ...more
})

const request = (obstacle: Window, more: Partial<TrialRequest> = {}): TrialRequest => ({
  agent: AgentId.main,
  profile: id,
  secretFingerprint: "mark",
  obstacles: [obstacle],
  kind: "request",
  ...more
})

/** The suite. `makeFolder` gives a layer that is another process each time it is built. */
export const healthTrialContract = <E>(
  name: string,
  makeFolder: Effect.Effect<Layer.Layer<HealthStore, E>, never, Scope.Scope>
): void => {
  const process = (folder: Layer.Layer<HealthStore, E>) =>
    Effect.map(Layer.build(Layer.fresh(folder)), (context) => Context.get(context, HealthStore))

  describe(`trials of a HealthStore: ${name}`, () => {
    it.scopedLive("one process begins a trial, and all know it before it is sent", () =>
      Effect.gen(function* () {
        const folder = yield* makeFolder
        const [one, other] = [yield* process(folder), yield* process(folder)]
        const now = yield* Clock.currentTimeMillis
        const asked = request(guess(now))
        const begun = yield* one.beginTrial(asked)
        assert.strictEqual(begun._tag, "Begun")
        assert.strictEqual((yield* one.beginTrial(asked))._tag, "NotDue")
        assert.strictEqual((yield* other.beginTrial(asked))._tag, "NotDue")
        // The other process knows it from now on, although it was told nothing.
        const known = (yield* other.read(AgentId.main)).profiles.get(id)?.trials
        assert.deepInclude(known?.[0], { scope: "credential", refused: 0, inFlight: true })
      })
    )

    it.scopedLive("many at once: one begins, whichever process asks", () =>
      Effect.gen(function* () {
        const folder = yield* makeFolder
        const processes = yield* Effect.all(Array.from({ length: 3 }, () => process(folder)))
        const now = yield* Clock.currentTimeMillis
        const starts = yield* Effect.all(
          Array.from({ length: 30 }, (_, index) =>
            (processes[index % 3] ?? assert.fail("there are three")).beginTrial(
              request(guess(now), { profile: ProfileId.of(`anthropic:${index}`) })
            )
          ),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(starts.filter(({ _tag }) => _tag === "Begun").length, 1)
      })
    )

    it.scopedLive("one a second over all credentials of all agents", () =>
      Effect.gen(function* () {
        const folder = yield* makeFolder
        const [one, other] = [yield* process(folder), yield* process(folder)]
        const now = yield* Clock.currentTimeMillis
        assert.strictEqual((yield* one.beginTrial(request(guess(now))))._tag, "Begun")
        const elsewhere = request(guess(now), { agent: AgentId.normalize("bot") })
        const start = yield* other.beginTrial(elsewhere)
        assert.strictEqual(start._tag, "NotDue")
        if (start._tag !== "NotDue") return
        // A timer may end a part of a millisecond before the clock is there.
        yield* Effect.sleep(start.retryAt - (yield* Clock.currentTimeMillis) + 1)
        assert.strictEqual((yield* other.beginTrial(elsewhere))._tag, "Begun")
      })
    )

    it.scopedLive("one that passed makes the credential usable for all within a second", () =>
      Effect.gen(function* () {
        const folder = yield* makeFolder
        const [one, other] = [yield* process(folder), yield* process(folder)]
        const now = yield* Clock.currentTimeMillis
        const obstacle = guess(now)
        yield* other.read(AgentId.main)
        const begun = yield* one.beginTrial(request(obstacle))
        if (begun._tag === "NotDue") return assert.fail("the first one is due")
        const { trial } = begun
        one.note(AgentId.main, id, "mark", { _tag: "TrialPassed", at: now, trial })
        yield* Effect.sleep("1 second")
        const health = (yield* other.read(AgentId.main)).profiles.get(id)
        assert.isDefined(health)
        if (health === undefined) return
        const stats = { cooldownUntil: obstacle.until }
        const settings = { billingBaseMs: 1, billingMaxMs: 1, failureWindowMs: 1 }
        const merged = withUsageStats(health, stats, settings, now)
        assert.deepStrictEqual(HealthPolicy.obstacles(merged, anyRequest, now + 1_000), [])
        assert.strictEqual((yield* other.beginTrial(request(obstacle)))._tag, "NotDue")
      })
    )

    it.scopedLive("one that was refused counts for all of them", () =>
      Effect.gen(function* () {
        const folder = yield* makeFolder
        const [one, other] = [yield* process(folder), yield* process(folder)]
        const now = yield* Clock.currentTimeMillis
        const obstacle = guess(now, { class: "auth" })
        // A process that starts later may make one more trial due.
        yield* other.read(AgentId.main)
        const begun = yield* one.beginTrial(request(obstacle))
        if (begun._tag === "NotDue") return assert.fail("the first one is due")
        yield* one.record(AgentId.main, id, "mark", {
          _tag: "Failed",
          at: now,
          startedAt: now,
          jitterMs: 0,
          ladder: { billingBaseMs: 1, billingMaxMs: 1, failureWindowMs: 1 },
          failure: { class: "auth", windows: [] },
          trial: begun.trial
        })
        yield* Effect.sleep("1100 millis")
        assert.strictEqual((yield* other.beginTrial(request(obstacle)))._tag, "NotDue")
        const known = (yield* other.read(AgentId.main)).profiles.get(id)?.trials
        assert.deepInclude(known?.[0], { refused: 1, nextAt: now + minute })
      })
    )
  })
}
