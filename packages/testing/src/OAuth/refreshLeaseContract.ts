/** What every `RefreshLease` must do, within one process. */
import { RefreshLease } from "@clawdbot/domain/OAuth/RefreshLease"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type * as Layer from "effect/Layer"

/** Runs the suite against a layer; each test gets one of its own. */
export const refreshLeaseContract = (name: string, layer: Layer.Layer<RefreshLease>): void => {
  describe(`RefreshLease: ${name}`, () => {
    it.effect("lets one in at a time", () =>
      Effect.gen(function* () {
        const lease = yield* RefreshLease
        let inside = 0
        let most = 0
        const visit = Effect.gen(function* () {
          inside += 1
          most = Math.max(most, inside)
          for (let turn = 0; turn < 5; turn++) yield* Effect.yieldNow()
          yield* Effect.promise(() => Promise.resolve())
          inside -= 1
        })
        yield* Effect.all(
          Array.from({ length: 24 }, () => lease.withLease("one", () => visit)),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(most, 1)
      }).pipe(Effect.provide(layer))
    )

    it.effect("keeps different tokens apart", () =>
      Effect.gen(function* () {
        const lease = yield* RefreshLease
        const inner = yield* lease.withLease("one", () =>
          lease.withLease("two", () => Effect.succeed("in"))
        )
        assert.strictEqual(inner, "in")
      }).pipe(Effect.provide(layer))
    )

    it.effect("is given back after a failure, a defect and an interruption", () =>
      Effect.gen(function* () {
        const lease = yield* RefreshLease
        assert.isTrue(
          Exit.isFailure(yield* Effect.exit(lease.withLease("one", () => Effect.fail("no"))))
        )
        assert.isTrue(
          Exit.isFailure(yield* Effect.exit(lease.withLease("one", () => Effect.die("broken"))))
        )
        const entered = yield* Deferred.make<void>()
        const held = yield* Effect.fork(
          lease.withLease("one", () =>
            Effect.zipRight(Deferred.succeed(entered, undefined), Effect.never)
          )
        )
        yield* Deferred.await(entered)
        yield* Fiber.interrupt(held)
        assert.strictEqual(yield* lease.withLease("one", () => Effect.succeed("free")), "free")
      }).pipe(Effect.provide(layer))
    )

    it.effect("can be waited for by somebody who changes their mind", () =>
      Effect.gen(function* () {
        const lease = yield* RefreshLease
        const entered = yield* Deferred.make<void>()
        const leave = yield* Deferred.make<void>()
        const holder = yield* Effect.fork(
          lease.withLease("one", () =>
            Effect.zipRight(Deferred.succeed(entered, undefined), Deferred.await(leave))
          )
        )
        yield* Deferred.await(entered)
        const waiter = yield* Effect.fork(lease.withLease("one", () => Effect.void))
        yield* Effect.yieldNow()
        yield* Fiber.interrupt(waiter)
        yield* Deferred.succeed(leave, undefined)
        yield* Fiber.join(holder)
        assert.strictEqual(yield* lease.withLease("one", () => Effect.succeed("free")), "free")
      }).pipe(Effect.provide(layer))
    )
  })
}
