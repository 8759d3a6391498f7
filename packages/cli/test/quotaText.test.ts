/** The sums of a choice by quota, as `models auth explain` says them. */

import type { Explanation } from "@clawdbot/domain/Auth/Explanation"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { quotaLines, type ToldSize } from "../src/quotaText.ts"
import { freshHome, put, run } from "./commandLine.ts"

const now = Date.parse("2026-11-29T12:00:00Z")

type Candidate = Explanation["candidates"][number]

const quota = {
  headroom: 0.08,
  reserve: 0.05,
  room: 0.05,
  neededPerHour: 0.03,
  conversations: 2,
  cache: { tokens: 300_000, until: now + 4 * 60_000, moveUsd: 1.44 }
}

describe("the sums of a choice by quota", () => {
  it("are said for a conversation whose prompt cache is warm", () => {
    const candidate = {
      profile: "a",
      kind: "token",
      owner: "main",
      state: "ready",
      place: "same conversation",
      obstacles: [],
      quota
    } satisfies Candidate
    const linesOf = (one: Candidate, other: Candidate, told: ReadonlyArray<ToldSize> = []) =>
      quotaLines({ candidates: [one, other], model: "claude-opus-5-5" }, one, told, now)
    const { cache: _cache, ...withoutCache } = quota
    const b: Candidate = { ...candidate, profile: "anthropic:b", quota: withoutCache }
    assert.deepStrictEqual(linesOf(candidate, b), [
      "8 % left (reserve 5 %); room 5 %; 3.0 % an hour would use up its week; conversations in " +
        "the last 5 minutes: 2",
      "prompt cache of 300000 tokens for 4m 00s; staying costs nothing; another credential would " +
        "write it for $1.44"
    ])
    const { tokens: _tokens, moveUsd: _moveUsd, ...unknown } = quota.cache
    const [, unpriced] = linesOf({ ...candidate, quota: { ...quota, cache: unknown } }, b)
    assert.strictEqual(unpriced, "prompt cache for 4m 00s; staying costs nothing")
    const told = [
      { profileId: "a", holdsUsd: 80 },
      { profileId: "anthropic:b", holdsUsd: 20 }
    ]
    assert.deepStrictEqual(linesOf(candidate, b, told).slice(1), [
      "its 5 hours hold about $80.00 by list price; a conversation that moves to it with 100000 " +
        "cached tokens uses 0.6 % of them for that",
      "prompt cache of 300000 tokens for 4m 00s; staying costs nothing; another credential would " +
        "write it for $1.44 (7.2 % of anthropic:b's 5 hours)"
    ])
    // The library knows the sizes of its own process.
    const sized = { ...b, quota: { ...withoutCache, sizeUsd: 40 } }
    assert.include(linesOf(candidate, sized).at(-1), "$1.44 (3.6 % of anthropic:b's 5 hours)")
    const unlisted = quotaLines({ candidates: [sized], model: "a-model" }, sized, [], now)
    assert.deepStrictEqual(unlisted.slice(1), ["its 5 hours hold about $40.00 by list price"])
  })

  it.scoped("are shown by the command, for each credential that is ready", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(now)
      const home = yield* freshHome
      const token = (name: string) => `sk-ant-oat01-${name.repeat(90)}`
      const folder = ".clawdbot/agents/main/agent"
      yield* put(home, ".clawdbot/clawdbot.json", '{ auth: { scheduling: "economy" } }')
      yield* put(
        home,
        `${folder}/auth-profiles.json`,
        JSON.stringify({
          version: 1,
          profiles: {
            "anthropic:a": { type: "token", provider: "anthropic", token: token("a") },
            "anthropic:b": { type: "token", provider: "anthropic", token: token("b") }
          }
        })
      )
      const { stdout } = yield* run(home, ["models", "auth", "explain", "--json"])
      assert.include(stdout, '"place": "by quota"')
      const text = (yield* run(home, ["models", "auth", "explain"])).stdout
      assert.include(text, "Next credential: anthropic:a (model claude-opus-4-5, chosen by quota")
      const sums =
        "100 % left (reserve 5 %); room 97 %; 0.6 % an hour would use up its week; " +
        "conversations in the last 5 minutes: 0"
      assert.strictEqual(text.split(sums).length, 3)
      assert.notInclude(text, "its 5 hours hold")
    })
  )
})
