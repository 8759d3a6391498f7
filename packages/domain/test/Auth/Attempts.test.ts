/** What one attempt records of the credential it was made with. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import * as AgentId from "../../src/Agent/AgentId.ts"
import type { AttemptResult } from "../../src/Auth/AttemptResult.ts"
import * as Attempts from "../../src/Auth/Attempts.ts"
import { choose } from "../../src/Auth/Snapshot.ts"
import { Snapshots } from "../../src/Auth/Snapshots.ts"
import type { HealthEvent } from "../../src/Health/HealthEvent.ts"
import { HealthStore } from "../../src/Health/HealthStore.ts"
import { requestTarget } from "../../src/Health/RequestTarget.ts"
import * as ProviderId from "../../src/Profile/ProviderId.ts"
import { layerWorld } from "./world.ts"

const request = { agent: AgentId.main, provider: ProviderId.anthropic, model: "claude-opus-4-5" }
const world = layerWorld({
  stores: { main: { profiles: { me: { type: "api_key", provider: "anthropic", key: "k" } } } }
})

/** An attempt that is about to be made, and the events that are recorded from now on. */
const begin = Effect.gen(function* () {
  yield* TestClock.setTime(1_000)
  const healths = yield* HealthStore
  const events: Array<HealthEvent> = []
  const attempts = yield* Effect.provideService(Attempts.make, HealthStore, {
    ...healths,
    note: (agent, profile, fingerprint, event) => {
      events.push(event)
      return healths.note(agent, profile, fingerprint, event)
    }
  })
  const snapshot = yield* (yield* Snapshots).get(request)
  const choice = choose(snapshot, request, 1_000)
  if (choice._tag !== "Use") return yield* Effect.dieMessage("no credential is ready")
  const { candidate, use } = choice
  const sendable: Attempts.Sendable = { candidate, snapshot, request, use, trial: undefined }
  const trial = { at: 900, obstacles: [] }
  return { attempts, events, sendable, trial: { ...sendable, trial } }
})

const answered = (organization?: string): AttemptResult<string> => ({
  _tag: "Answered",
  value: "answer",
  windows: [],
  organization
})
const after = (result: AttemptResult<string>) => () => Effect.as(TestClock.adjust(50), result)

describe("an attempt", () => {
  it.effect("is a use when it begins, and a success with what the answer says", () =>
    Effect.gen(function* () {
      const { attempts, events, sendable } = yield* begin
      const succeeded = {
        _tag: "Succeeded" as const,
        startedAt: 1_000,
        windows: [],
        target: requestTarget(request)
      }
      yield* attempts.send(sendable, after(answered("org")))
      assert.deepStrictEqual<ReadonlyArray<HealthEvent>>(events.splice(0), [
        { _tag: "Used", at: 1_000 },
        { ...succeeded, at: 1_050, organization: "org" }
      ])
      yield* attempts.send(sendable, after(answered()))
      assert.deepStrictEqual<ReadonlyArray<HealthEvent>>(events, [
        { _tag: "Used", at: 1_050 },
        { ...succeeded, startedAt: 1_050, at: 1_100 }
      ])
    }).pipe(Effect.provide(world))
  )

  it.effect("of a cooldown is no use, and ends it as soon as something reaches the client", () =>
    Effect.gen(function* () {
      const { attempts, events, trial } = yield* begin
      const failure = { class: "rate_limit", windows: [] } as const
      const broken = after({ _tag: "Broken", value: "part", failure })
      const sent = yield* attempts.send(trial, broken)
      const passed = { _tag: "TrialPassed", at: 1_050, trial: trial.trial }
      assert.deepStrictEqual<ReadonlyArray<unknown>>(events.splice(0), [passed])
      // A trial that has passed is not refused afterwards.
      yield* attempts.fail(sent, failure)
      const [failed] = events
      assert.deepInclude(failed, { _tag: "Failed", at: 1_050, startedAt: 1_000, trial: undefined })
    }).pipe(Effect.provide(world))
  )

  it.effect("of a cooldown is given back where it says nothing of the credential", () =>
    Effect.gen(function* () {
      const { attempts, events, trial } = yield* begin
      const released = { _tag: "TrialReleased", at: 1_050, trial: trial.trial }
      yield* attempts.send(trial, after({ _tag: "Abandoned", value: "" }))
      assert.deepStrictEqual<ReadonlyArray<unknown>>(events.splice(0), [released])
      const failure = { class: "overloaded", windows: [] } as const
      const sent = yield* attempts.send(trial, () =>
        Effect.succeed({ _tag: "Refused", value: "", failure })
      )
      yield* attempts.fail(sent, failure)
      assert.deepStrictEqual<ReadonlyArray<unknown>>(events, [released])
    }).pipe(Effect.provide(world))
  )

  it.effect("of a cooldown ends it when the status is known, and is given back when it fails", () =>
    Effect.gen(function* () {
      const { attempts, events, trial } = yield* begin
      yield* attempts.send(trial, (_use, onAccepted) =>
        Effect.zipRight(Effect.sync(onAccepted), after({ _tag: "Abandoned", value: "" })())
      )
      const passed = { _tag: "TrialPassed", at: 1_000, trial: trial.trial }
      const released = { _tag: "TrialReleased", at: 1_050, trial: trial.trial }
      assert.deepStrictEqual<ReadonlyArray<unknown>>(events.splice(0), [passed, released])
      assert.strictEqual(
        yield* Effect.flip(attempts.send(trial, () => Effect.fail("lost"))),
        "lost"
      )
      assert.deepStrictEqual<ReadonlyArray<unknown>>(events, [released])
    }).pipe(Effect.provide(world))
  )

  it.effect("that is no trial ends none, and has none to give back", () =>
    Effect.gen(function* () {
      const { attempts, events, sendable } = yield* begin
      const failure = { class: "overloaded", windows: [] } as const
      yield* attempts.send(sendable, after({ _tag: "Broken", value: "part", failure }))
      yield* attempts.send(sendable, after({ _tag: "Abandoned", value: "" }))
      yield* Effect.flip(attempts.send(sendable, () => Effect.fail("lost")))
      assert.deepStrictEqual<ReadonlyArray<unknown>>(events, [
        { _tag: "Used", at: 1_000 },
        { _tag: "Used", at: 1_050 },
        { _tag: "Used", at: 1_100 }
      ])
    }).pipe(Effect.provide(world))
  )
})
