/** Requests that wait for a credential: how a wait ends, and how many wait at a time. */
import { IncomingMessage, ServerResponse } from "node:http"
import { Socket } from "node:net"
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import { Affinity } from "@clawdbot/domain/Auth/Affinity"
import type { AttemptResult } from "@clawdbot/domain/Auth/AttemptResult"
import type { CredentialUse } from "@clawdbot/domain/Auth/CredentialUse"
import { Failover } from "@clawdbot/domain/Auth/Failover"
import type { Held } from "@clawdbot/domain/Auth/hold"
import { classify } from "@clawdbot/domain/Health/classify"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import * as ProviderId from "@clawdbot/domain/Profile/ProviderId"
import * as Usage from "@clawdbot/domain/Usage/Usage"
import * as ConfigMemory from "@clawdbot/testing/Config/ConfigMemory"
import * as EnvironmentMemory from "@clawdbot/testing/Environment/EnvironmentMemory"
import * as HealthMemory from "@clawdbot/testing/Health/HealthMemory"
import * as RefreshJournalMemory from "@clawdbot/testing/OAuth/RefreshJournalMemory"
import * as ProfileMemory from "@clawdbot/testing/Profile/ProfileMemory"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as TestClock from "effect/TestClock"
import { HeldRequests, maxHeldRequests } from "../../src/dataPlane/HeldRequests.ts"
import { keys, refreshLayer } from "../world.ts"

const response = () => new ServerResponse(new IncomingMessage(new Socket()))

/** What Failover stands on, as the tests of gateways have it, on the test clock. */
const layers = Failover.Default.pipe(
  Layer.provideMerge(
    Layer.mergeAll(
      ConfigMemory.layer('{ auth: { scheduling: "economy", holdSeconds: 60 } }'),
      ProfileMemory.layer(keys("ka", "kb")),
      HealthMemory.layer,
      Affinity.Default,
      refreshLayer,
      RefreshJournalMemory.layer()
    )
  ),
  Layer.provideMerge(EnvironmentMemory.layer({})),
  Layer.provideMerge(EnvironmentMemory.pathsLayer())
)

describe("a conversation that waits by cost and time", () => {
  const request = {
    agent: AgentId.main,
    provider: ProviderId.anthropic,
    model: "claude-opus-5-5",
    conversation: "warm"
  }

  /** Who is asked of a conversation with 300,000 cached tokens whose credential is limited once. */
  const askedWhile = (meanwhile: (response: ServerResponse) => Effect.Effect<void>) =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_800_000_000_000)
      const failover = yield* Failover
      const clock = yield* Effect.clock
      const asked: Array<string> = []
      const attempt = ({ profile }: CredentialUse) =>
        Effect.sync((): AttemptResult<undefined> => {
          asked.push(profile)
          if (asked.length !== 2) return { _tag: "Answered", value: undefined, windows: [] }
          const now = clock.unsafeCurrentTimeMillis()
          const headers = new Map([
            ["retry-after", "45"],
            ["request-id", "req_1"]
          ])
          const header = (name: string) => headers.get(name)
          const error = { type: "rate_limit_error", message: "Too many requests." }
          const body = JSON.stringify({ type: "error", error })
          const failure = classify({ status: 429, header, body, now, asked: request })
          return { _tag: "Refused", value: undefined, failure }
        })
      yield* failover.run(request, attempt)
      const usage = { ...Usage.zero, cacheRead: 300_000 }
      const { uses } = yield* Affinity
      uses.learn(request, ProfileId.of(asked[0] ?? ""), usage)
      const client = response()
      const waits: Array<Held> = []
      const holding = new HeldRequests().holding(client, (held) => waits.push(held))
      const run = failover.run(request, attempt, [], undefined, holding)
      const fiber = yield* Effect.fork(run)
      yield* meanwhile(client)
      const { result, trail } = yield* Fiber.join(fiber)
      const ends = waits.map(({ end, ms }) => `${end} ${ms}`)
      const held = [...ends, ...trail.map(({ heldMs }) => heldMs)]
      return {
        result: result._tag,
        held,
        asked: asked.map((profile) => profile.replace(/^.*:/, ""))
      }
    }).pipe(Effect.provide(layers), Effect.withRandom(Random.fixed([0])))

  it.effect("is answered by its credential when the limit is over", () =>
    Effect.gen(function* () {
      const found = yield* askedWhile(() => TestClock.adjust("1 minute"))
      const held = ["over 45000", undefined, 45_000]
      assert.deepStrictEqual(found, { result: "Answered", held, asked: ["ka", "ka", "ka"] })
    })
  )

  it.effect("is not sent again when its client leaves meanwhile", () =>
    Effect.gen(function* () {
      const found = yield* askedWhile((client) =>
        Effect.zipRight(
          TestClock.adjust("20 seconds"),
          // A response without a connection: the server says so by this event.
          Effect.sync(() => void client.emit("close"))
        )
      )
      const held = ["left 20000", undefined]
      assert.deepStrictEqual(found, { result: "Abandoned", held, asked: ["ka", "ka"] })
    })
  )
})

describe("HeldRequests", () => {
  it.effect("waits for its time, and leaves no listener behind", () =>
    Effect.gen(function* () {
      const held = new HeldRequests()
      const waiting = response()
      const listeners = waiting.listenerCount("close")
      const wait = yield* Effect.fork(held.wait(waiting, 45_000))
      yield* TestClock.adjust("44 seconds")
      assert.isTrue(Option.isNone(yield* Fiber.poll(wait)))
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* Fiber.join(wait), "over")
      assert.strictEqual(waiting.listenerCount("close"), listeners)
    })
  )

  it.effect("ends when the client leaves, and at once where it has left before", () =>
    Effect.gen(function* () {
      const held = new HeldRequests()
      const leaving = response()
      const wait = yield* Effect.fork(held.wait(leaving, 45_000))
      yield* TestClock.adjust("20 seconds")
      assert.isTrue(Option.isNone(yield* Fiber.poll(wait)))
      leaving.emit("close")
      assert.strictEqual(yield* Fiber.join(wait), "left")
      leaving.destroy()
      assert.strictEqual(yield* held.wait(leaving, 45_000), "left")
    })
  )

  it.effect("lets no more than its bound wait, and takes others when those are done", () =>
    Effect.gen(function* () {
      const held = new HeldRequests()
      const all = Array.from({ length: maxHeldRequests }, () => held.wait(response(), 1_000))
      const waiting = yield* Effect.fork(Effect.all(all, { concurrency: "unbounded" }))
      yield* TestClock.adjust("500 millis")
      assert.strictEqual(yield* held.wait(response(), 1_000), "full")
      yield* TestClock.adjust("500 millis")
      yield* Fiber.join(waiting)
      const next = yield* Effect.fork(held.wait(response(), 1_000))
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* Fiber.join(next), "over")
    })
  )
})
