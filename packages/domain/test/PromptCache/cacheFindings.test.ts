/** The causes that `doctor` names: those of more than a fifth of a client's day. */
import { assert, describe, it } from "@effect/vitest"
import type { CacheRow } from "../../src/PromptCache/CacheReport.ts"
import { CacheCause, isMiss } from "../../src/PromptCache/cacheCause.ts"
import { ofCache } from "../../src/PromptCache/cacheFindings.ts"
import { causeWords } from "../../src/PromptCache/causeWords.ts"

const row = (client: string, cause: CacheCause, requests: number, model = "m"): CacheRow => ({
  client,
  model,
  cause,
  requests,
  lostTokens: 0,
  lostUsd: isMiss(cause) ? requests * 0.5 : 0,
  unpriced: 0
})

const found = (...rows: ReadonlyArray<CacheRow>) => ofCache({ enabled: true, since: 0, rows })

describe("what doctor says of the prompt cache", () => {
  it("is a cause of more than a fifth of a client's messages, over all models", () => {
    const rows = [
      row("laptop", "prefix_changed", 12),
      { ...row("laptop", "prefix_changed", 9, "n"), at: "system[0]" },
      row("laptop", "ttl_expired", 20),
      row("laptop", "hit", 59),
      row("ci", "hit", 100)
    ]
    const [one, ...more] = found(...rows)
    assert.deepStrictEqual(more, [])
    assert.strictEqual(
      one?.what,
      "prefix_changed: the prompt cache missed 21 messages of the client laptop in the last day " +
        "(21 %)"
    )
    assert.include(one?.why, "for 10.50 USD")
    assert.deepStrictEqual(one?.details, ["last: system[0]"])
    assert.strictEqual(one?.fix, causeWords.prefix_changed.cure)
  })

  it("has the cure of each cause, and is nothing for what is no miss", () => {
    for (const cause of CacheCause.literals)
      assert.deepStrictEqual(
        found(row("", cause, 40), row("", "hit", 10)).map(({ fix }) => fix),
        isMiss(cause) ? [causeWords[cause].cure] : [],
        cause
      )
  })

  it("waits for ten messages, and says where a price is not known", () => {
    assert.deepStrictEqual(found(row("", "lookback", 9)), [])
    const unknown = { ...row("", "lookback", 10), lostUsd: 0, unpriced: 10 }
    assert.include(found(unknown)[0]?.why, "at a price that is not known")
    assert.include(found({ ...unknown, lostUsd: 3 })[0]?.why, "for 3.00 USD and more")
    assert.deepStrictEqual(ofCache(undefined), [])
  })
})
