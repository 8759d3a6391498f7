/** Requests that wait for a credential: how a wait ends, and how many wait at a time. */
import { IncomingMessage, ServerResponse } from "node:http"
import { Socket } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import { HeldRequests, maxHeldRequests } from "../../src/dataPlane/HeldRequests.ts"

const response = () => new ServerResponse(new IncomingMessage(new Socket()))

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
      yield* Effect.yieldNow()
      leaving.destroy()
      assert.strictEqual(yield* Fiber.join(wait), "left")
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
