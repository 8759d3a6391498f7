import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import type { HeaderReader } from "../../src/Health/answerHeaders.ts"
import { nextMonth } from "../../src/Health/bodyTime.ts"
import * as Cooldown from "../../src/Health/Cooldown.ts"
import { classify } from "../../src/Health/classify.ts"
import { failureClasses } from "../../src/Health/FailureClass.ts"
import * as Health from "../../src/Health/HealthDocument.ts"
import * as HealthPolicy from "../../src/Health/HealthPolicy.ts"
import { type RequestTarget, requestTarget } from "../../src/Health/RequestTarget.ts"
import { readUsage } from "../../src/Health/readUsage.ts"
import { refusalCodes, refusalSentences } from "../../src/Health/refusals.ts"
import { covers } from "../../src/Health/Scope.ts"
import { isCredentialsFault, type UpstreamFailure } from "../../src/Health/UpstreamFailure.ts"
import { isBlocking, isStated } from "../../src/Health/Window.ts"
import * as ProviderId from "../../src/Profile/ProviderId.ts"
import { type LimitRow, limitRows, now, ofWholeCredentials } from "./limitRows.ts"

const readerOf = (headers: Readonly<Record<string, string>>): HeaderReader =>
  Object.assign((name: string) => headers[name], { names: () => Object.keys(headers) })

const bodyOf = (error: LimitRow["error"]): string =>
  typeof error === "string" ? error : JSON.stringify({ type: "error", error })

const failureOf = ({ asked, error, headers, status }: LimitRow): UpstreamFailure =>
  classify({ status, header: readerOf(headers), body: bodyOf(error), now, asked })

/** A credential's health after the refusal, and nothing before it. */
const after = (failure: UpstreamFailure): Health.ProfileHealth =>
  HealthPolicy.apply(Health.unknown("mark"), {
    _tag: "Failed",
    at: now,
    startedAt: now - 100,
    failure,
    jitterMs: 0,
    ladder: Cooldown.settings({}, ProviderId.anthropic)
  })

const ends = (until: number, source: string): number | string => {
  if (source === "ladder") return "step"
  return source === "usual" && until === nextMonth(now) ? "next month" : until - now
}

/** Some of everything that can be asked for. */
const everything: ReadonlyArray<RequestTarget> = [
  requestTarget({}),
  ...[
    "claude-opus-4-8",
    "claude-opus-5",
    "claude-sonnet-5",
    "claude-fable-5",
    "claude-opus-6"
  ].flatMap((model) => [
    requestTarget({ model }),
    requestTarget({ model, fast: true }),
    requestTarget({ model, path: "/v1/messages/count_tokens" })
  ]),
  ...["/v1/models", "/v1/files", "/v1/messages/batches", "/v1/skills"].map((path) =>
    requestTarget({ path })
  )
]

describe("what a refusal rests", () => {
  for (const row of limitRows) {
    it(
      `${row.status} ${row.name}: ` +
        `${row.rests.map(([scope]) => scope).join(", ") || "nothing"}`,
      () => {
        const failure = failureOf(row)
        assert.strictEqual(failure.class, row.class)
        const health = after(failure)
        const blocking = health.windows.filter((window) => isBlocking(window, now))
        const rests = blocking.map((window) => [
          window.scope,
          isStated(window) ? "stated" : "guessed",
          ends(window.until, window.source)
        ])
        const byScope = (a: ReadonlyArray<unknown>, b: ReadonlyArray<unknown>) =>
          String(a[0]) < String(b[0]) ? -1 : 1
        assert.deepStrictEqual(
          rests.sort(byScope),
          row.rests.map((rest) => [...rest]).sort(byScope)
        )
        // Nothing rests that the expected scopes do not name.
        for (const target of everything) {
          assert.strictEqual(
            HealthPolicy.usableAt(health, target, now) > 0,
            row.rests.some(([scope]) => covers(scope, target)),
            target.key
          )
        }
      }
    )
  }

  it("has rows enough, each with where it was seen", () => {
    assert.isAtLeast(limitRows.length, 60)
    const files = limitRows.flatMap(({ seen }) => (seen._tag === "File" ? [seen] : []))
    assert.isAtLeast(files.length, 30)
    for (const { path, repository } of files) {
      assert.match(repository, /^[\w.-]+\/[\w.-]+$/)
      assert.match(path, /^[^/].*\.[a-z]+$/)
    }
    assert.strictEqual(new Set(limitRows.map(({ name }) => name)).size, limitRows.length)
  })
})

/**
 * Whether the provider's own words refuse a request to a target, read from the row alone and not by
 * the program's tables: what was asked for, what the headers name as rejected, or the credential.
 */
const isRefused = ({ asked, class: failureClass, headers }: LimitRow, target: RequestTarget) => {
  const own = requestTarget(asked)
  if (target.key === own.key) return true
  if (own.path !== undefined) return false
  if (ofWholeCredentials.has(failureClass)) return true
  const unified = new Map(
    Object.entries(headers).flatMap(([name, value]) => {
      const part = /^anthropic-ratelimit-unified-(.+)$/.exec(name)?.[1]
      return part === undefined ? [] : [[part, value] as const]
    })
  )
  const rejected = [...unified].flatMap(([name, value]) =>
    value === "rejected" && name.endsWith("-status") ? [name.slice(0, -"-status".length)] : []
  )
  const windows = rejected.filter((name) => name !== "overage")
  const claim = unified.get("representative-claim")
  const claimed = claim === undefined ? [] : [claim]
  const named = windows.length > 0 ? windows : claimed
  const isWhole = unified.get("status") === "rejected"
  const namesNoWindow = ![...unified.keys()].some((name) => /-(status|claim)$/.test(name))
  if (isWhole && namesNoWindow) return true
  return named.some((name) => {
    if (/^(5h|7d|five_hour|seven_day)$/.test(name)) return target.path === undefined
    if (/^(7d_oi|seven_day_overage_included)$/.test(name)) return target.family === "fable"
    const family = /^(?:7d|seven_day)_(opus|sonnet)$/.exec(name)?.[1]
    return family !== undefined && target.family === family
  })
}

it("no cooldown is wider than what the provider refused, in any row", () => {
  const wider = limitRows.flatMap((row) => {
    const health = after(failureOf(row))
    return everything
      .filter((target) => HealthPolicy.usableAt(health, target, now) > 0)
      .filter((target) => !isRefused(row, target))
      .map((target) => `${row.name}: ${target.key || "any request"}`)
  })
  assert.deepStrictEqual(wider, [])
})

describe("a wall", () => {
  it("is named as what it is, whatever it says", () => {
    for (const row of limitRows.filter(({ name }) => name.startsWith("a wall's")))
      assert.include(failureOf(row).message ?? "", "not from the provider")
    const own = classify({
      status: 401,
      header: readerOf({ "Anthropic-New": "1" }),
      body: "",
      now,
      asked: {}
    })
    assert.deepStrictEqual([own.class, own.message], ["auth", undefined])
  })
})

describe("failure classes", () => {
  it("each comes out of a row, and only those that are about the credential rest anything", () => {
    const found = new Set(limitRows.map(failureOf).map((failure) => failure.class))
    const others = [500, 504, 408, 413].map(
      (status) => classify({ status, header: readerOf({}), body: "", now, asked: {} }).class
    )
    assert.deepStrictEqual([...new Set([...found, ...others])].sort(), [...failureClasses].sort())
    for (const row of limitRows)
      assert.isTrue(isCredentialsFault(failureOf(row)) || row.rests.length === 0, row.name)
  })
})

describe("the provider's sentences (decision D34)", () => {
  const asked = { model: "claude-opus-5" }
  const classOf = (status: number, message: string) =>
    classify({
      status,
      header: readerOf({ "request-id": "req_1" }),
      body: JSON.stringify({ type: "error", error: { type: "invalid_request_error", message } }),
      now,
      asked
    }).class
  const plainClass = (status: number) => classOf(status, "messages: at least one is required")

  /** How the provider quotes what a client sent. */
  const quotations: ReadonlyArray<(sentence: string) => string> = [
    (sentence) => `messages.0.content.0.text: "${sentence}" is not allowed here`,
    (sentence) => `"${sentence}" is no model`,
    (sentence) => `'${sentence}'`,
    (sentence) => `“${sentence}”`,
    (sentence) => `\`${sentence}\` does not match the pattern`,
    (sentence) => `model: ${sentence}`,
    (sentence) => `tools.0.custom.name: ${sentence}`,
    (sentence) => `Error: ${sentence}`,
    (sentence) => `Input should be a valid dictionary, got: ${sentence}`,
    (sentence) => `> ${sentence}`
  ]

  for (const row of refusalSentences) {
    it(`"${row.begins}" counts at the beginning, and in no quotation`, () => {
      assert.match(row.begins, /^[a-z][a-z' :-]*$/)
      for (const status of row.statuses) {
        const rest = row.isWhole === true ? "" : " and more."
        assert.strictEqual(classOf(status, `${row.begins}${rest}`), row.class)
        assert.strictEqual(classOf(status, row.begins.toUpperCase()), row.class)
        for (const quote of quotations)
          assert.strictEqual(classOf(status, quote(row.begins)), plainClass(status), quote("…"))
      }
    })
  }

  it("no sentence is found anywhere but at the beginning", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...refusalSentences),
        fc.string({ minLength: 1 }).filter((before) => /\S/.test(before)),
        (row, before) => {
          for (const status of row.statuses) {
            const message = `${before} ${row.begins}`
            if (refusalSentences.some(({ begins }) => message.toLowerCase().startsWith(begins)))
              continue
            assert.strictEqual(classOf(status, message), plainClass(status))
          }
        }
      )
    )
  })

  it("no row hides another, and each says where it was seen", () => {
    refusalSentences.forEach((row, index) => {
      assert.isAbove(row.source.length, 5)
      for (const later of refusalSentences.slice(index + 1))
        assert.isFalse(row.isWhole !== true && later.begins.startsWith(row.begins), later.begins)
    })
    assert.strictEqual(new Set(refusalCodes.map(({ code }) => code)).size, refusalCodes.length)
    for (const { source } of refusalCodes) assert.isAbove(source.length, 5)
  })

  it("a code comes before a sentence", () => {
    const failure = classify({
      status: 400,
      header: readerOf({}),
      body: JSON.stringify({
        type: "error",
        error: {
          type: "invalid_request_error",
          message: "This credential is only authorized for use with Claude Code",
          details: { error_code: "organization_on_hold" }
        }
      }),
      now,
      asked
    })
    assert.strictEqual(failure.class, "billing")
  })
})

describe("what a good answer shows", () => {
  const header = readerOf({
    "anthropic-ratelimit-unified-status": "allowed_warning",
    "anthropic-ratelimit-unified-5h-utilization": "0.4",
    "anthropic-ratelimit-unified-5h-reset": String(now / 1000 + 3_600),
    "anthropic-ratelimit-unified-7d-utilization": "0.9",
    "anthropic-ratelimit-unified-7d-reset": String(now / 1000 + 7_200),
    "anthropic-ratelimit-unified-7d_oi-utilization": "0.97",
    "anthropic-ratelimit-unified-7d_oi-reset": String(now / 1000 + 7_200),
    "anthropic-ratelimit-unified-overage-status": "rejected",
    "anthropic-ratelimit-unified-overage-utilization": "1.2",
    "anthropic-ratelimit-unified-overage-reset": String(now / 1000 + 9_000)
  })
  const fable = { model: "claude-fable-5" }

  it("is every window, that of Fable and extra usage too; and none of them blocks", () => {
    const windows = readUsage(header, fable, now)
    assert.deepStrictEqual(
      windows.map(({ scope, until, utilization }) => [scope, utilization, (until - now) / 1000]),
      [
        ["5h", 0.4, 3_600],
        ["7d", 0.9, 7_200],
        ["7d:fable", 0.97, 7_200],
        ["overage", 1.2, 9_000]
      ]
    )
    assert.isFalse(windows.some((window) => isBlocking(window, now)))
  })

  it("what was read of Fable's week outlives answers that do not name it", () => {
    const good = (at: number, windows: Health.ProfileHealth["windows"]) => ({
      _tag: "Succeeded" as const,
      at,
      startedAt: at - 1,
      target: requestTarget({ model: "claude-opus-5" }),
      windows
    })
    const seen = HealthPolicy.apply(
      Health.unknown("mark"),
      good(now, readUsage(header, fable, now))
    )
    const later = HealthPolicy.apply(
      seen,
      good(
        now + 60_000,
        readUsage(
          readerOf({ "anthropic-ratelimit-unified-5h-utilization": "0.5" }),
          { model: "claude-opus-5" },
          now + 60_000
        )
      )
    )
    assert.deepStrictEqual(
      later.windows.map(({ scope, utilization }) => [scope, utilization]),
      [
        ["5h", 0.5],
        ["7d", 0.9],
        ["7d:fable", 0.97],
        ["overage", 1.2]
      ]
    )
  })

  it("of fast mode is the limit that is used most", () => {
    const fast = readerOf({
      "anthropic-fast-input-tokens-limit": "100",
      "anthropic-fast-input-tokens-remaining": "90",
      "anthropic-fast-output-tokens-limit": "100",
      "anthropic-fast-output-tokens-remaining": "25"
    })
    assert.deepStrictEqual(
      readUsage(fast, { model: "claude-opus-5", fast: true }, now).map(({ scope, utilization }) => [
        scope,
        utilization
      ]),
      [["fast:opus-5", 0.75]]
    )
  })
})
