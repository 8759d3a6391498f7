import { defined } from "@clawdbot/domain/Document/defined"
import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { classify, classifyEvent, classifyNoAnswer } from "../../src/Health/classify.ts"
import type { FailureClass } from "../../src/Health/UpstreamFailure.ts"

const now = 1_800_000_000_000
const headers =
  (record: Readonly<Record<string, string>> = {}) =>
  (name: string) =>
    record[name]
const envelope = (type: string, message: string, code?: string) =>
  JSON.stringify({
    type: "error",
    error: { type, message, ...defined({ details: code ? { error_code: code } : undefined }) },
    request_id: "req_1"
  })
const iso = (ms: number) => new Date(ms).toISOString()

describe("classify", () => {
  const rows: ReadonlyArray<
    readonly [string, number, string, Readonly<Record<string, string>>, FailureClass]
  > = [
    ["a bad body", 400, envelope("invalid_request_error", "messages: required"), {}, "format"],
    [
      "token counts that contain 429",
      400,
      envelope("invalid_request_error", "prompt is too long: 204291 tokens"),
      {},
      "format"
    ],
    [
      "no credit",
      400,
      envelope(
        "invalid_request_error",
        "Your credit balance is too low to access the Anthropic API."
      ),
      {},
      "billing"
    ],
    [
      "a disabled organisation",
      400,
      envelope("invalid_request_error", "This organization has been disabled."),
      {},
      "billing"
    ],
    [
      "billing in passing",
      400,
      envelope("invalid_request_error", "billing issue detected"),
      {},
      "format"
    ],
    [
      "Claude Code only",
      400,
      envelope(
        "invalid_request_error",
        "This credential is only authorized for use with Claude Code and cannot be used for " +
          "other API requests."
      ),
      {},
      "entitlement"
    ],
    [
      "extra usage",
      400,
      envelope(
        "invalid_request_error",
        "Third-party apps now draw from your extra usage, not your plan limits."
      ),
      {},
      "entitlement"
    ],
    ["a bad key", 401, envelope("authentication_error", "invalid x-api-key"), {}, "auth"],
    ["a payment problem", 402, envelope("billing_error", "payment required"), {}, "billing"],
    [
      "a revoked login",
      403,
      envelope("permission_error", "OAuth token has been revoked."),
      {},
      "auth"
    ],
    ["a wall in front of the API", 403, "<html>denied</html>", {}, "format"],
    ["an unknown model", 404, envelope("not_found_error", "model: x"), {}, "format"],
    ["too large", 413, "<html>413</html>", {}, "format"],
    [
      "a limit",
      429,
      envelope("rate_limit_error", "slow down"),
      { "retry-after": "7" },
      "rate_limit"
    ],
    [
      "a spend cap",
      429,
      envelope("rate_limit_error", "cap", "enforced_spend_limit_reached"),
      {},
      "spend_cap"
    ],
    ["internal", 500, envelope("api_error", "oops"), {}, "server"],
    ["a proxy's page", 502, "<html>bad gateway</html>", {}, "server"],
    ["unavailable", 503, "<html>503</html>", {}, "overloaded"],
    ["timed out there", 504, envelope("timeout_error", "x"), {}, "server"],
    ["overloaded", 529, envelope("overloaded_error", "Overloaded"), {}, "overloaded"]
  ]
  for (const [name, status, body, header, expected] of rows) {
    it(`${status} ${name} is ${expected}`, () => {
      assert.strictEqual(
        classify({ status, body, header: headers(header), now, asked: {} }).class,
        expected
      )
    })
  }

  it("never throws, and never keeps more than 300 characters of a message", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 300, max: 599 }),
        fc.oneof(fc.string(), fc.json()),
        fc.string(),
        (status, body, value) => {
          const failure = classify({
            status,
            body,
            header: () => value,
            now,
            asked: { model: "claude-opus-4-5" }
          })
          assert.isAtMost(failure.message?.length ?? 0, 300)
          for (const window of failure.windows)
            assert.isTrue(window.until === 0 || window.until > now)
        }
      )
    )
  })

  it("an error event inside a 200 is classified by its type", () => {
    assert.strictEqual(
      classifyEvent(envelope("overloaded_error", "Overloaded"), headers(), now, {}).class,
      "overloaded"
    )
    assert.strictEqual(
      classifyEvent(envelope("rate_limit_error", "x"), headers(), now, {}).class,
      "rate_limit"
    )
    assert.strictEqual(classifyEvent("not json", headers(), now, {}).class, "server")
    const capped = classifyEvent(
      envelope("rate_limit_error", "cap", "enforced_spend_limit_reached"),
      headers(),
      now,
      {}
    )
    assert.strictEqual(capped.class, "spend_cap")
    // Headers that came before it went wrong say nothing about the failure.
    const asked = { model: "claude-opus-5" }
    const limited = classifyEvent(
      envelope("rate_limit_error", "x"),
      headers({ "anthropic-ratelimit-unified-5h-status": "rejected", "retry-after": "60" }),
      now,
      asked
    )
    assert.deepStrictEqual([limited.scope, limited.windows], ["group:opus-5", []])
  })

  it("no answer is the weather", () => {
    assert.strictEqual(classifyNoAnswer("reset", "ECONNRESET").class, "server")
    assert.strictEqual(classifyNoAnswer("timeout", "ETIMEDOUT").class, "timeout")
  })
})

describe("windows", () => {
  const limited = (header: Readonly<Record<string, string>>, model?: string) =>
    classify({
      status: 429,
      body: envelope("rate_limit_error", "x"),
      header: headers(header),
      now,
      asked: { model }
    })
  const blocking = (header: Readonly<Record<string, string>>, model?: string) =>
    limited(header, model)
      .windows.filter((window) => window.class !== "usage")
      .map(({ scope, source, until }) => [scope, until - now, source])

  it("retry-after in seconds, as a date, in milliseconds", () => {
    assert.deepStrictEqual(blocking({ "retry-after": "120" }), [
      ["credential", 120_000, "retry-after"]
    ])
    assert.deepStrictEqual(blocking({ "retry-after": new Date(now + 60_000).toUTCString() }), [
      ["credential", 60_000, "retry-after"]
    ])
    assert.deepStrictEqual(blocking({ "retry-after": "9", "retry-after-ms": "250" }), [
      ["credential", 250, "retry-after"]
    ])
  })

  it(
    "nonsense is not believed: it is worth a minute, as a " +
      "guess; what is over is worth nothing",
    () => {
      for (const text of ["soon", "NaN", "99999999999", "Mon, 99 Foo 2026 25:61:61 GMT"]) {
        assert.deepStrictEqual(blocking({ "retry-after": text }), [["credential", 60_000, "usual"]])
      }
      for (const text of ["0", "-5", new Date(now - 1_000).toUTCString()]) {
        assert.deepStrictEqual(blocking({ "retry-after": text }), [])
      }
    }
  )

  it("an exhausted limit of a key holds for its model family only", () => {
    const header = {
      "retry-after": "30",
      "anthropic-ratelimit-requests-limit": "50",
      "anthropic-ratelimit-requests-remaining": "20",
      "anthropic-ratelimit-requests-reset": iso(now + 1_000),
      "anthropic-ratelimit-input-tokens-limit": "1000",
      "anthropic-ratelimit-input-tokens-remaining": "0",
      "anthropic-ratelimit-input-tokens-reset": iso(now + 60_000)
    }
    assert.deepStrictEqual(blocking(header, "claude-opus-4-5"), [
      ["input-tokens:opus-4", 30_000, "retry-after"]
    ])
    const { "retry-after": _, ...without } = header
    assert.deepStrictEqual(blocking(without, "claude-opus-4-5"), [
      ["input-tokens:opus-4", 60_000, "ratelimit-reset"]
    ])
    assert.deepStrictEqual(
      limited(header, "claude-opus-4-5")
        .windows.filter((window) => window.class === "usage")
        .map((window) => [window.scope, window.utilization]),
      [
        ["requests:opus-4", 0.6],
        ["input-tokens:opus-4", 1]
      ]
    )
  })

  it("a plan's refusal names its limit and its reset in unix seconds", () => {
    const header = {
      "retry-after": "13262",
      "anthropic-ratelimit-unified-status": "rejected",
      "anthropic-ratelimit-unified-representative-claim": "seven_day_opus",
      "anthropic-ratelimit-unified-reset": String(now / 1000 + 3_600),
      "anthropic-ratelimit-unified-5h-utilization": "0.4",
      "anthropic-ratelimit-unified-5h-reset": String(now / 1000 + 600)
    }
    assert.deepStrictEqual(blocking(header), [["7d:opus", 3_600_000, "unified-reset"]])
    assert.deepStrictEqual(
      limited(header)
        .windows.filter((window) => window.class === "usage")
        .map(({ scope, until, utilization }) => [scope, until - now, utilization]),
      [["5h", 600_000, 0.4]]
    )
  })
})
