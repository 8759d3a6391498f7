/** Each cause of a miss, exactly; and none that is false. */
import { assert, describe, it } from "@effect/vitest"
import { CacheCause, decide, lostTokens } from "../../src/PromptCache/cacheCause.ts"
import { PrefixMemory } from "../../src/PromptCache/PrefixMemory.ts"
import { type AnsweredPrefix, rememberedOf } from "../../src/PromptCache/RememberedPrefix.ts"
import * as Usage from "../../src/Usage/Usage.ts"
import { body, mark, sketchOf, text } from "./bodies.ts"

const start = Date.UTC(2026, 10, 29, 8)
const minute = 60_000

const usage = (read: number, written: number, input = 10): Usage.Usage => ({
  ...Usage.zero,
  input,
  cacheRead: read,
  cacheWrite5m: written
})

const answered = (
  sent: unknown,
  more: Partial<AnsweredPrefix> & Pick<AnsweredPrefix, "usage">
): AnsweredPrefix => ({
  model: "claude-opus-5-5",
  profile: "anthropic:work",
  startedAt: start,
  status: 200,
  sketch: sketchOf(sent),
  ...more
})

const turns = ["hello", "hi", "go on"]
const first = answered(body(turns), { usage: usage(0, 10_000) })
const before = rememberedOf(first, start + 1_000)

const later = { startedAt: start + minute }
const missed = { ...later, usage: usage(0, 10_200) }
const more = [...turns, "done", "and now"]

const longTail = {
  ...body(more),
  messages: [
    ...body(more).messages,
    {
      role: "user",
      content: Array.from({ length: 25 }, (_, index) => {
        const block = text(`part ${index}`)
        return index === 24 ? { ...block, ...mark() } : block
      })
    }
  ].map(({ content, role }, index) => ({
    role,
    // Only the last block has a breakpoint.
    content: index === 5 ? content : content.map((block) => text(block.text))
  })),
  system: [text("You are a helper."), text("Rules.")]
}

/** The cause, where it lies, and the request after {@link first} that has it. */
const cases: ReadonlyArray<readonly [CacheCause, string | undefined, AnsweredPrefix]> = [
  [
    "no_breakpoint",
    undefined,
    answered({ model: "m", messages: [{ role: "user", content: "hello" }] }, missed)
  ],
  ["hit", undefined, answered(body(more), { ...later, usage: usage(10_000, 200) })],
  [
    "model_changed",
    "claude-opus-5-5 -> claude-sonnet-5-5",
    answered(body(more), { ...missed, model: "claude-sonnet-5-5" })
  ],
  [
    "credential_moved",
    "anthropic:work -> anthropic:max (rate_limit)",
    answered(body(more), { ...missed, profile: "anthropic:max", movedBecause: "rate_limit" })
  ],
  [
    "prefix_changed",
    "system[0]",
    answered(body(more, { system: [text("nonce 17"), { ...text("Rules."), ...mark() }] }), missed)
  ],
  [
    "parameter_changed",
    "thinking",
    answered(body(more, { thinking: { type: "enabled", budget_tokens: 2_048 } }), missed)
  ],
  [
    "ttl_expired",
    "420 s > 300 s",
    answered(body(more), { ...missed, startedAt: start + 7 * minute })
  ],
  ["lookback", undefined, answered(longTail, missed)],
  [
    "below_minimum",
    undefined,
    answered(body(more), { ...later, model: "claude-opus-4-5", usage: usage(0, 0, 900) })
  ],
  ["written_concurrently", undefined, answered(body(more), { ...missed, startedAt: start + 500 })],
  [
    "too_many_breakpoints",
    "5 breakpoints",
    answered(
      body(more, {
        system: ["a", "b", "c", "d"].map((words) => ({ ...text(words), ...mark() }))
      }),
      { ...later, status: 400, usage: Usage.zero }
    )
  ],
  ["unexplained", undefined, answered(body(more), missed)]
]

describe("the cause of a cache miss", () => {
  for (const [cause, at, now] of cases)
    it(`is ${cause}`, () => {
      const known = cause === "below_minimum" ? { ...before, model: now.model, cached: 0 } : before
      const verdict = decide(now, known)
      assert.deepStrictEqual([verdict.cause, verdict.at], [cause, at])
    })

  it("is not known where a request came in between that was not examined", () => {
    const causes = (notExaminedAt: number) =>
      cases.map(([, , now]) => decide(now, before, notExaminedAt).cause)
    const certain = new Set<CacheCause>(["no_breakpoint", "hit", "too_many_breakpoints"])
    const expected = cases.map(([cause]) => (certain.has(cause) ? cause : "not_examined"))
    assert.deepStrictEqual(causes(start), expected)
    assert.deepStrictEqual(causes(start - 1), causes(Number.NEGATIVE_INFINITY))
    const firstAfter = (ms: number) => decide(first, undefined, start - ms).cause
    assert.strictEqual(firstAfter(60 * minute), "not_examined")
    assert.strictEqual(firstAfter(60 * minute + 1), "first_request")
  })

  it("is known for all but a first request", () => {
    const known = new Set<string>(cases.map(([cause]) => cause))
    assert.deepStrictEqual(
      CacheCause.literals.filter((cause) => !known.has(cause)),
      ["first_request", "not_examined"]
    )
    assert.strictEqual(decide(first, undefined).cause, "first_request")
  })

  it("says which element changed, wherever that is", () => {
    const at = (sent: unknown) => decide(answered(sent, missed), before).at
    const { tools } = body(more)
    assert.strictEqual(
      at(body(more, { tools: tools.with(3, { name: "other", input_schema: {} }) })),
      "tools[3]"
    )
    assert.strictEqual(at(body(["hello", "changed", ...more.slice(2)])), "messages[1].content[0]")
    assert.strictEqual(at(body(["hello"])), "the end of messages")
  })

  it("counts what was not read, and nothing of a hit", () => {
    const half = decide(answered(body(more), { ...later, usage: usage(4_000, 6_200) }), before)
    assert.strictEqual(half.cause, "unexplained")
    assert.strictEqual(lostTokens(half), 6_000)
    const hit = decide(answered(body(more), { ...later, usage: usage(9_600, 400) }), before)
    assert.strictEqual(hit.cause, "hit")
    assert.strictEqual(lostTokens(hit), 0)
  })

  it("keeps an hour's prefix for an hour", () => {
    const hour = (words: ReadonlyArray<string>) => {
      const sent = body(words, { system: "Rules." })
      return JSON.stringify(sent).replaceAll('"ephemeral"', '"ephemeral","ttl":"1h"')
    }
    const kept = rememberedOf(answered(hour(turns), { usage: usage(0, 10_000) }), start)
    const causeAfter = (minutes: number) =>
      decide(answered(hour(more), { ...missed, startedAt: start + minutes * minute }), kept).cause
    assert.strictEqual(causeAfter(59), "unexplained")
    assert.strictEqual(causeAfter(61), "ttl_expired")
  })

  it("names the place before it where a change lies among elements that are not remembered", () => {
    const long = Array.from({ length: 1_000 }, (_, index) => `turn ${index}`)
    const kept = rememberedOf(answered(body(long), { usage: usage(0, 100_000) }), start)
    assert.strictEqual(kept.marks.length, 256)
    const found = decide(answered(body(long.with(500, "changed")), missed), kept)
    assert.strictEqual(found.cause, "prefix_changed")
    // Four tools and two blocks of the system come before.
    assert.strictEqual(found.at, "after messages[121].content[0]")
  })
})

describe("the memory of prefixes", () => {
  /** Numbers from a seed, 0 to below 1. */
  const random = (seed: number) => {
    let state = seed
    return () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      return state / 2 ** 32
    }
  }

  it("finds no false cause in 200 random appends", () => {
    const next = random(7)
    const memory = new PrefixMemory()
    let words: ReadonlyArray<string> = ["hello"]
    let cached = 0
    for (let turn = 0; turn < 200; turn++) {
      const now = answered(body(words), {
        startedAt: start + turn * 1_000,
        usage: usage(cached, 50 + Math.floor(next() * 500))
      })
      const known = memory.find("c", now.model, now.sketch)
      const { cause } = decide(now, known)
      assert.strictEqual(cause, turn === 0 ? "first_request" : "hit")
      memory.keep("c", rememberedOf(now, now.startedAt + 10), known)
      cached = now.usage.cacheRead + now.usage.cacheWrite5m
      const added = Array.from({ length: 1 + Math.floor(next() * 6) }, () => `\\"é${next()}`)
      words = [...words, ...added]
    }
    assert.strictEqual(memory.size, 1)
  })

  it("keeps a conversation apart from short questions beside it", () => {
    const memory = new PrefixMemory()
    const ask = (sent: unknown, model: string, read: number) => {
      const now = answered(sent, { model, usage: usage(read, 1_000) })
      const known = memory.find("c", model, now.sketch)
      memory.keep("c", rememberedOf(now, start), known)
      return decide(now, known).cause
    }
    const title = { system: [{ ...text("Give it a title."), ...mark() }], messages: [] }
    assert.strictEqual(ask(body(turns), "claude-opus-5-5", 0), "first_request")
    assert.strictEqual(ask(title, "claude-haiku-5-5", 0), "first_request")
    assert.strictEqual(ask(body(more), "claude-opus-5-5", 1_000), "hit")
    assert.strictEqual(ask(title, "claude-haiku-5-5", 1_000), "hit")
  })

  it("is bounded", () => {
    const memory = new PrefixMemory()
    for (let index = 0; index < 3_000; index++)
      memory.keep(`c${index % 2_500}`, { ...before, cached: index }, undefined)
    assert.strictEqual(memory.size, 2_000)
    for (let index = 0; index < 100; index++) memory.keep("one", before, undefined)
    assert.isAtMost(memory.size, 2_000)
  })
})
