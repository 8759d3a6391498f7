import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as AgentId from "../../src/Agent/AgentId.ts"
import { Affinity, keepMs, maxConversations } from "../../src/Auth/Affinity.ts"
import * as ProfileId from "../../src/Profile/ProfileId.ts"

const now = 1_800_000_000_000
const a = ProfileId.of("a")
const b = ProfileId.of("b")
const main = AgentId.main

/** The bounds of decision D16, written out: a test that reads them would follow any change. */
const hour = 3_600_000
const tenThousand = 10_000

describe("Affinity", () => {
  it("keeps for one hour and 10,000 conversations", () => {
    assert.deepStrictEqual([keepMs, maxConversations], [hour, tenThousand])
  })

  it.effect("remembers a conversation for an hour to the millisecond, and no longer", () =>
    Effect.gen(function* () {
      const affinity = yield* Affinity
      affinity.note(main, "c", a, now)
      assert.strictEqual(affinity.lookUp(main, "c", now + hour - 1), a)
      assert.strictEqual(affinity.lookUp(main, "c", now + hour), a)
      assert.isUndefined(affinity.lookUp(main, "c", now + hour + 1))
      // What is over is forgotten, also for a clock that is set back.
      assert.isUndefined(affinity.lookUp(main, "c", now))
    }).pipe(Effect.provide(Affinity.Default))
  )

  it.effect("counts the hour from the last use; looking is no use", () =>
    Effect.gen(function* () {
      const affinity = yield* Affinity
      affinity.note(main, "used", a, now)
      affinity.note(main, "looked at", a, now)
      affinity.note(main, "used", b, now + hour)
      affinity.lookUp(main, "looked at", now + hour)
      assert.strictEqual(affinity.lookUp(main, "used", now + 2 * hour), b)
      assert.isUndefined(affinity.lookUp(main, "looked at", now + hour + 1))
    }).pipe(Effect.provide(Affinity.Default))
  )

  it.effect("holds 10,000 conversations; one more displaces the least recently used alone", () =>
    Effect.gen(function* () {
      const affinity = yield* Affinity
      const isKnown = (index: number) => affinity.lookUp(main, `c${index}`, now) !== undefined
      for (let index = 0; index < tenThousand; index++) affinity.note(main, `c${index}`, a, now)
      assert.isTrue(isKnown(0))
      // Used again, the first is no longer the oldest, and takes no second place.
      affinity.note(main, "c0", a, now)
      assert.isTrue(isKnown(1))
      affinity.note(main, `c${tenThousand}`, a, now)
      assert.deepStrictEqual([0, 1, 2, tenThousand].map(isKnown), [true, false, true, true])
    }).pipe(Effect.provide(Affinity.Default))
  )

  it.effect("keeps the conversations of two agents apart", () =>
    Effect.gen(function* () {
      const affinity = yield* Affinity
      affinity.note(main, "c", a, now)
      affinity.note(AgentId.normalize("work"), "c", b, now)
      assert.strictEqual(affinity.lookUp(main, "c", now), a)
      assert.strictEqual(affinity.lookUp(AgentId.normalize("work"), "c", now), b)
    }).pipe(Effect.provide(Affinity.Default))
  )
})
