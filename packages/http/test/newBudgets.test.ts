/** What the first requests with a new budget wait for. */
import type { Config } from "@clawdbot/domain/Config/Config"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Budgets } from "../src/Budgets.ts"

const configOf = (laptop: object): Config => ({ gateway: { budgets: { laptop } } })

describe("a budget that was just set", () => {
  it.effect("is waited for until one read is over, also one that read nothing", () =>
    Effect.gen(function* () {
      let reads = 0
      const budgets = new Budgets(
        Effect.sync(() => {
          reads += 1
        })
      )
      const config = configOf({ usdPerDay: 5 })
      // Those that come together wait together.
      const [first, second] = [
        budgets.beforeFirst(config, "laptop"),
        budgets.beforeFirst(config, "laptop")
      ]
      yield* first ?? Effect.void
      yield* second ?? Effect.void
      assert.strictEqual(reads, 2)
      assert.isUndefined(budgets.beforeFirst(config, "laptop"))
    })
  )

  it("lets nobody wait who has none, or none of money", () => {
    const budgets = new Budgets(Effect.void)
    assert.isUndefined(budgets.beforeFirst(configOf({ usdPerDay: 5 }), "phone"))
    assert.isUndefined(budgets.beforeFirst(configOf({ requestsPerMinute: 5 }), "laptop"))
  })
})
