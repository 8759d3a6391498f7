/** What every `HealthStore` must keep, run against each layer (docs/architecture.md, "Ports"). */
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import * as HealthDocument from "@clawdbot/domain/Health/HealthDocument"
import type { HealthEvent } from "@clawdbot/domain/Health/HealthEvent"
import { usableAt } from "@clawdbot/domain/Health/HealthPolicy"
import { HealthStore } from "@clawdbot/domain/Health/HealthStore"
import { anyRequest } from "@clawdbot/domain/Health/RequestTarget"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"

const id = ProfileId.of("anthropic:work")
const at = 1_700_000_000_000

/** A limit that holds for an hour from `at`. */
export const limited: HealthEvent = {
  _tag: "Failed",
  at,
  startedAt: at - 10,
  jitterMs: 0,
  ladder: { billingBaseMs: 1, billingMaxMs: 1, failureWindowMs: 1 },
  failure: {
    class: "rate_limit",
    windows: [
      {
        scope: "credential",
        until: at + 3_600_000,
        class: "rate_limit",
        source: "retry-after",
        observedAt: at
      }
    ]
  }
}

/** The suite. `make` gives a store that knows nothing. */
export const healthStoreContract = <E>(name: string, make: Layer.Layer<HealthStore, E>): void => {
  describe(`HealthStore contract: ${name}`, () => {
    it.scopedLive("what is recorded is in force for the next read", () =>
      Effect.gen(function* () {
        const store = yield* HealthStore
        assert.strictEqual((yield* store.read(AgentId.main)).profiles.size, 0)
        yield* store.record(AgentId.main, id, "mark", limited)
        const document = yield* store.read(AgentId.main)
        assert.strictEqual(
          usableAt(HealthDocument.of(document, id, "mark"), anyRequest, at),
          at + 3_600_000
        )
        assert.strictEqual((yield* store.read(AgentId.normalize("other"))).profiles.size, 0)
      }).pipe(Effect.provide(make))
    )

    it.scopedLive("another secret under the same name starts clean", () =>
      Effect.gen(function* () {
        const store = yield* HealthStore
        yield* store.record(AgentId.main, id, "old", limited)
        const document = yield* store.read(AgentId.main)
        assert.strictEqual(usableAt(HealthDocument.of(document, id, "new"), anyRequest, at), 0)
        yield* store.record(AgentId.main, id, "new", {
          _tag: "Renewed",
          at: at + 1,
          previous: "old"
        })
        const renewed = yield* store.read(AgentId.main)
        assert.strictEqual(
          usableAt(HealthDocument.of(renewed, id, "new"), anyRequest, at),
          at + 3_600_000
        )
      }).pipe(Effect.provide(make))
    )

    it.scopedLive("a hundred records at once are all kept, and flushing them succeeds", () =>
      Effect.gen(function* () {
        const store = yield* HealthStore
        yield* Effect.forEach(
          Array.from({ length: 100 }, (_, index) => index),
          (index) =>
            store.record(AgentId.main, ProfileId.of(`p${index}`), "mark", {
              _tag: "Used",
              at: at + index
            }),
          { concurrency: "unbounded", discard: true }
        )
        yield* store.flush
        const document = yield* store.read(AgentId.main)
        assert.strictEqual(document.profiles.size, 100)
        assert.strictEqual(document.profiles.get(ProfileId.of("p99"))?.lastUsedAt, at + 99)
      }).pipe(Effect.provide(make))
    )
  })
}
