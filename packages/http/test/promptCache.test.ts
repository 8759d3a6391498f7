/** What the prompt cache did, as the gateway says it: in the log, the figures, and the requests. */
import { CacheReport } from "@clawdbot/domain/PromptCache/CacheReport"
import * as Usage from "@clawdbot/domain/Usage/Usage"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import {
  CacheWatch,
  examinedAtOnce,
  examinedPerMinute,
  maxSketchedBytes,
  type WatchedAnswer
} from "../src/dataPlane/CacheWatch.ts"
import { adminToken, ask, streaming, withGateway } from "./world.ts"

const model = "claude-opus-5-5"
const mark = { cache_control: { type: "ephemeral" } }

const sent = (system: string, ...words: ReadonlyArray<string>) => ({
  ...streaming,
  model,
  metadata: { user_id: "u" },
  tools: [{ name: "read", input_schema: {} }],
  system: [{ type: "text", text: system, ...mark }],
  messages: words.map((text) => ({ role: "user", content: [{ type: "text", text }] }))
})

const usage = (read: number, written: number) => ({
  input_tokens: 10,
  cache_read_input_tokens: read,
  cache_creation_input_tokens: written,
  cache_creation: { ephemeral_5m_input_tokens: written, ephemeral_1h_input_tokens: 0 }
})

/** All texts and bytes that can be reached from an object, by whatever way. */
const reachable = (from: object) => {
  const seen = new Set<unknown>()
  const texts = new Set<string>()
  const bytes: Array<Buffer> = []
  const look = (value: unknown): void => {
    if (typeof value === "string") texts.add(value)
    if (typeof value === "function") texts.add(value.toString())
    if (typeof value !== "object" || value === null || seen.has(value)) return
    seen.add(value)
    if (ArrayBuffer.isView(value)) bytes.push(Buffer.from(value.buffer))
    else if (value instanceof Map) for (const [key, held] of value) [key, held].forEach(look)
    else Object.values(value).forEach(look)
  }
  look(from)
  return { bytes, texts }
}

const Line = Schema.parseJson(Schema.Struct({ cache: Schema.optional(CacheReport) }))

/** What the log says of requests, one after the other. */
const logged = (
  script: Script.Script,
  bodies: ReadonlyArray<unknown>,
  test: (reports: ReadonlyArray<CacheReport | undefined>, figures: string, rows: unknown) => void
) => {
  const lines: Array<string> = []
  return withGateway(
    { script: { ka: script }, gateway: { accessLog: (line) => void lines.push(line) } },
    (started) =>
      Effect.gen(function* () {
        for (const one of bodies) yield* ask(started, { body: one })
        const reports = lines.map((line) => Schema.decodeUnknownSync(Line)(line).cache)
        const get = (path: string) =>
          ask(started, { path, method: "GET", headers: { "x-api-key": adminToken } })
        const figures = yield* get("/metrics")
        const rows = yield* get("/clawdbot/cache")
        test(reports, figures.text, JSON.parse(rows.text))
      })
  )
}

describe("the prompt cache", () => {
  it.live("is watched: the cause of a miss, where it lies, and what it cost", () =>
    logged(
      (number) => Script.ok({ usage: number === 2 ? usage(100_000, 0) : usage(0, 100_000) }),
      [sent("Rules.", "a"), sent("Rules.", "a", "b"), sent("Rules, 12:01.", "a", "b", "c")],
      (reports, figures, rows) => {
        assert.deepStrictEqual(
          reports.map((report) => [report?.cause, report?.at]),
          [
            ["first_request", undefined],
            ["hit", undefined],
            ["prefix_changed", "system[0]"]
          ]
        )
        // 100,000 tokens written at $5 a million instead of read at $0.20.
        assert.approximately(reports[2]?.lostUsd ?? 0, 0.48, 1e-9)
        const name = 'clawdbot_cache_requests_total{client="",cause="prefix_changed"} 1'
        assert.include(figures, name)
        assert.include(
          JSON.stringify(rows),
          '"cause":"prefix_changed","at":"system[0]","requests":1,"lostTokens":100000'
        )
      }
    )
  )

  it.live(
    "is said nothing of where an answer reported no use, and all of a request without breakpoints",
    () =>
      logged(
        (number) => (number === 1 ? Script.badRequest : Script.ok()),
        [sent("Rules.", "a"), { ...streaming, model }],
        (reports) =>
          assert.deepStrictEqual(
            reports.map((report) => report?.cause),
            [undefined, "no_breakpoint"]
          )
      )
  )

  it.live("has the provider's own reason beside ours, where the client asked for it", () =>
    logged(
      () => ({
        _tag: "Error",
        status: 200,
        headers: { "content-type": "application/json" },
        body: JSON.stringify({
          id: "msg_1",
          type: "message",
          model,
          content: [],
          diagnostics: { cache_miss_reason: { type: "tools_changed" } },
          usage: { ...usage(0, 5_000), output_tokens: 1 }
        })
      }),
      [{ ...sent("Rules.", "a"), stream: false }],
      (reports) => assert.strictEqual(reports[0]?.provider, "tools_changed")
    )
  )

  it.live("is not watched where the config says so: nothing is logged, counted or kept", () => {
    const lines: Array<string> = []
    return withGateway(
      {
        script: { ka: () => Script.ok({ usage: usage(0, 100_000) }) },
        config: { gateway: { cacheCauses: false } },
        gateway: { accessLog: (line) => void lines.push(line) }
      },
      (started) =>
        Effect.gen(function* () {
          for (const words of [["a"], ["a", "b"]])
            yield* ask(started, { body: sent("Rules.", ...words) })
          const headers = { "x-api-key": adminToken }
          const summary = yield* ask(started, { path: "/clawdbot/cache", method: "GET", headers })
          const figures = yield* ask(started, { path: "/metrics", method: "GET", headers })
          assert.strictEqual(lines.length, 2)
          assert.notInclude(lines.join(""), '"cache"')
          assert.include(summary.text, '"enabled":false')
          assert.include(summary.text, '"rows":[]')
          assert.notInclude(figures.text, "clawdbot_cache_requests_total{")
        })
    )
  })

  const answered: WatchedAnswer = {
    body: Buffer.from(JSON.stringify(sent("Rules.", "a"))),
    betas: undefined,
    model,
    client: undefined,
    conversation: undefined,
    startedAt: 0,
    firstByteAt: 1,
    endedAt: 2,
    status: 200,
    account: undefined,
    answer: {
      usage: { ...Usage.zero, cacheWrite5m: 10_000 },
      model,
      speed: undefined,
      region: undefined,
      tier: undefined,
      webSearches: 0,
      iterations: [],
      reasoning: undefined,
      isComplete: true
    },
    movedBecause: undefined,
    provider: undefined,
    config: {}
  }

  const allRead = { ...Usage.zero, cacheRead: 10_000 }

  it("is forgotten when that is turned off while the gateway runs", () => {
    const watch = new CacheWatch()
    assert.strictEqual(watch.take(answered)?.cause, "first_request")
    assert.strictEqual(watch.remembered, 1)
    watch.forget()
    assert.strictEqual(watch.remembered, 0)
    assert.strictEqual(watch.take(answered)?.cause, "first_request")
  })

  it("keeps no text of a request, nor its bytes", () => {
    const planted = ["planted-rule", "planted-question", "planted-answer"]
    const watch = new CacheWatch()
    for (const words of [planted.slice(1, 2), planted.slice(1)]) {
      const body = Buffer.from(JSON.stringify(sent("planted-rule", ...words)))
      assert.include(body.toString(), "planted-question")
      watch.take({ ...answered, body, conversation: "c" })
    }
    const { bytes, texts } = reachable(watch)
    assert.isAbove(texts.size, 0)
    for (const text of texts) for (const word of planted) assert.notInclude(text, word)
    for (const one of bytes)
      for (const word of planted) assert.isFalse(one.includes(word), `bytes hold ${word}`)
  })

  it("examines so many at a time, and says of the others that it did not", () => {
    const watch = new CacheWatch()
    const body = Buffer.from(JSON.stringify(sent("Rules.", "a")))
    const answer = answered.answer && { ...answered.answer, usage: allRead }
    const causes = (count: number, at: number) => {
      const found = new Map<string | undefined, number>()
      for (let number = 0; number < count; number++) {
        const cause = watch.take({ ...answered, answer, body, startedAt: at, endedAt: at })?.cause
        found.set(cause, (found.get(cause) ?? 0) + 1)
      }
      return Object.fromEntries(found)
    }
    const at = answered.endedAt
    const { hit, not_examined } = causes(examinedAtOnce + 500, at)
    assert.deepStrictEqual([hit, not_examined], [examinedAtOnce, 500])
    const second = examinedPerMinute / 60
    assert.deepStrictEqual(causes(300, at + 1_000), { hit: second, not_examined: 300 - second })
    assert.deepStrictEqual(causes(1, at + 60_000), { hit: 1 })
  })

  it("says nothing of bodies that are too long to look into", () => {
    const body = Buffer.alloc(maxSketchedBytes + 1, " ")
    assert.isUndefined(new CacheWatch().take({ ...answered, body, status: 400 }))
  })
})
