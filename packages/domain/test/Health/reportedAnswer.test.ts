/** What a report means (decision D50): a guess of at most an hour, whatever it says. */
import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { judgeReport, maxReportMs, type ReportedAnswer } from "../../src/Health/reportedAnswer.ts"
import { isStated } from "../../src/Health/Window.ts"

const now = 1_800_000_000_000
const error = (type: string, message: string) =>
  JSON.stringify({ type: "error", error: { type, message }, request_id: "req_1" })

interface Row {
  readonly what: string
  readonly answer: ReportedAnswer
  readonly is: string
  /** Scope and remaining time (ms) of the window it blocks, where it names a time. */
  readonly blocks?: readonly [scope: string, leftMs: number]
}

const rows: ReadonlyArray<Row> = [
  { what: "a good answer", answer: { status: 200 }, is: "Accepted" },
  {
    what: "a limit with its end",
    answer: { status: 429, retryAfter: "30" },
    is: "Refused rate_limit",
    blocks: ["credential", 30_000]
  },
  {
    what: "a limit of one model",
    answer: { status: 429, retryAfter: "30", model: "claude-opus-4-5" },
    is: "Refused rate_limit",
    blocks: ["group:opus-4", 30_000]
  },
  {
    what: "a limit of a week",
    answer: { status: 429, retryAfter: String(7 * 24 * 3600) },
    is: "Refused rate_limit",
    blocks: ["credential", maxReportMs]
  },
  { what: "a limit without an end", answer: { status: 429 }, is: "Refused rate_limit" },
  { what: "a key that is not accepted", answer: { status: 401 }, is: "Refused auth" },
  {
    what: "no credit left, by its sentence",
    answer: {
      status: 400,
      body: error("invalid_request_error", "Your credit balance is too low to access the API")
    },
    is: "Refused billing"
  },
  {
    what: "a page of something in between",
    answer: { status: 401, body: "<html>Sign in to the Wi-Fi</html>" },
    is: "Unrelated format"
  },
  { what: "an overload", answer: { status: 529 }, is: "Unrelated overloaded" },
  { what: "a failure of the provider", answer: { status: 500 }, is: "Unrelated server" },
  {
    what: "a request that is at fault",
    answer: { status: 400, body: error("invalid_request_error", "max_tokens is required") },
    is: "Unrelated format"
  },
  {
    what: "a sentence that stands behind the first 64 KB",
    answer: {
      status: 400,
      body: `${" ".repeat(64 * 1024)}${error("billing_error", "Your credit balance is too low")}`
    },
    is: "Unrelated format"
  }
]

describe("a report", () => {
  for (const { answer, blocks, is, what } of rows) {
    it(`${what}: ${is}`, () => {
      const verdict = judgeReport(answer, now)
      const seen =
        verdict._tag === "Accepted" ? "Accepted" : `${verdict._tag} ${verdict.failure.class}`
      assert.strictEqual(seen, is)
      if (verdict._tag !== "Refused") return
      assert.deepStrictEqual(
        verdict.failure.windows.map(({ scope, until }) => [scope, until - now]),
        blocks === undefined ? [] : [[...blocks]]
      )
    })
  }

  it("is never taken for stated, and never lasts longer than an hour", () => {
    const anyReport = fc.record({
      status: fc.integer({ min: 100, max: 599 }),
      retryAfter: fc.option(
        fc.oneof(
          fc.nat({ max: 4_000_000 }).map(String),
          fc.constant("Fri, 31 Dec 2027 23:59:59 GMT")
        ),
        { nil: undefined }
      ),
      body: fc.option(
        fc.oneof(
          fc.constant(error("billing_error", "You will regain access on 2027-12-01 at 00:00 UTC.")),
          fc.constant(error("rate_limit_error", "limit")),
          fc.string()
        ),
        { nil: undefined }
      ),
      model: fc.option(fc.constantFrom("claude-opus-4-5", "x"), { nil: undefined })
    })
    fc.assert(
      fc.property(anyReport, (answer) => {
        const verdict = judgeReport(answer, now)
        if (verdict._tag !== "Refused") return
        for (const window of verdict.failure.windows) {
          assert.isFalse(isStated(window))
          assert.isAtMost(window.until - now, maxReportMs)
          assert.isAbove(window.until, now)
        }
      })
    )
  })
})
