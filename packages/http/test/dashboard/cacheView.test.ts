/** What the page says of the prompt cache, without a browser. */
import { CacheCause, isMiss } from "@clawdbot/domain/PromptCache/cacheCause"
import { assert, describe, it } from "@effect/vitest"
import { pageModule } from "./pageModule.ts"

interface Row {
  readonly cause: string
  readonly requests: number
}

// What it exports is what the page's own type check sees.
const view = (await pageModule("cacheView.js")) as {
  readonly isMiss: (cause: string) => boolean
  readonly hitShare: (rows: ReadonlyArray<Row>) => number | undefined
  readonly aboutCause: (cause: string) => string | undefined
  readonly facts: (report: unknown) => ReadonlyArray<readonly [string, string]>
}

describe("the prompt cache on the page", () => {
  it("misses by the same causes as elsewhere, and not by one it does not know", () => {
    for (const cause of CacheCause.literals) assert.strictEqual(view.isMiss(cause), isMiss(cause))
    assert.isFalse(view.isMiss("constructor"))
    assert.isFalse(view.isMiss("a_cause_of_a_later_version"))
  })

  it("has a share of hits among what could have been read", () => {
    const rows = [
      { cause: "hit", requests: 6 },
      { cause: "first_request", requests: 50 },
      { cause: "no_breakpoint", requests: 50 },
      { cause: "lookback", requests: 1 },
      { cause: "ttl_expired", requests: 1 }
    ]
    assert.strictEqual(view.hitShare(rows), 0.75)
    assert.isUndefined(view.hitShare(rows.slice(1, 3)))
  })

  it("has its causes explained in whole sentences, and their cures", () => {
    for (const cause of CacheCause.literals) {
      const words = view.aboutCause(cause)
      assert.strictEqual(words !== undefined, isMiss(cause) || cause === "no_breakpoint", cause)
      assert.notMatch(words ?? "", /[.] [a-z]/, cause)
    }
    assert.strictEqual(
      view.aboutCause("lookback"),
      "The request has its breakpoint more than 20 blocks after what is cached. To cure it: set " +
        "one more breakpoint, at most 20 blocks after the last one."
    )
  })

  it("is told of a request with place, loss and cure; an unknown price is not zero", () => {
    const miss = {
      cause: "prefix_changed",
      at: "system[0]",
      read: 0,
      written: 9_000,
      expected: 9e3
    }
    const facts = new Map(view.facts({ ...miss, provider: "system_changed" }))
    assert.strictEqual(facts.get("Prompt cache"), "prefix changed: system[0]")
    assert.strictEqual(facts.get("Cache tokens"), "0 read of 9,000, 9,000 written")
    assert.strictEqual(facts.get("Lost by the miss"), "unknown")
    assert.strictEqual(facts.get("Provider's reason"), "system_changed")
    assert.include(facts.get("To cure it"), "keep dates, random numbers")
    assert.strictEqual(
      new Map(view.facts({ ...miss, lostUsd: 0.48 })).get("Lost by the miss"),
      "$0.48"
    )
    const hit = view.facts({ cause: "hit", read: 5, written: 0, expected: 5 })
    assert.deepStrictEqual(
      hit.map(([name]) => name),
      ["Prompt cache", "Cache tokens"]
    )
  })
})
