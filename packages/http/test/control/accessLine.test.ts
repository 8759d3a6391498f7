/** A line of the access log is JSON, whatever texts and figures a request has. */
import { CacheReport } from "@clawdbot/domain/PromptCache/CacheReport"
import * as EpochMs from "@clawdbot/domain/Time/EpochMs"
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as FastCheck from "effect/FastCheck"
import * as Schema from "effect/Schema"
import { accessLine } from "../../src/control/accessLine.ts"
import { RequestRecord } from "../../src/control/RequestLog.ts"

const withCache = FastCheck.option(Arbitrary.make(CacheReport), { nil: undefined })
const records = FastCheck.tuple(Arbitrary.make(RequestRecord), withCache).map(
  ([record, cache]) => ({ ...record, cache })
)

/** What a line has to hold, as an object. */
const wanted = (record: RequestRecord) => ({
  time: EpochMs.toIso(record.endedAt),
  method: record.method,
  path: record.path,
  status: record.status,
  ms: record.endedAt - record.startedAt,
  heldMs: record.held?.end === "full" ? undefined : record.held?.ms,
  firstByteMs: record.firstByteAt === undefined ? undefined : record.firstByteAt - record.startedAt,
  stream: record.stream,
  client: record.client,
  agent: record.agent,
  model: record.model,
  modelFallback: record.modelFallback,
  attempts: record.attempts.map((one) => ({
    profile: one.profile,
    result: one.result,
    class: one.failureClass,
    status: one.status,
    cause: one.cause,
    heldMs: one.heldMs,
    model: one.model,
    ms: one.endedAt - one.startedAt
  })),
  passedOver: record.passedOver?.length === 0 ? undefined : record.passedOver,
  movedFrom: record.movedFrom,
  cache: record.cache,
  refused: record.refused
})

const parse = Schema.decodeSync(Schema.parseJson(Schema.Unknown))

describe("a line of the access log", () => {
  it("holds what is known of a request, and nothing of what is not", () => {
    FastCheck.assert(
      FastCheck.property(records, (record) => {
        const line = parse(accessLine(record))
        const text = parse(JSON.stringify(wanted(record)))
        assert.deepStrictEqual(line, text)
      })
    )
  })

  it("has its fields in one order", () => {
    const record: RequestRecord = {
      id: 1,
      startedAt: 1_804_854_725_000,
      firstByteAt: 1_804_854_725_200,
      endedAt: 1_804_854_725_656,
      stream: true,
      method: "POST",
      path: "/v1/messages",
      status: 200,
      model: "claude-opus-4-5",
      held: { ms: 7, end: "over" },
      agent: "main",
      client: 'a "client"',
      attempts: [
        { profile: "anthropic:a", startedAt: 1, endedAt: 3, result: "refused", status: 529 },
        { profile: "anthropic:b", startedAt: 3, endedAt: 8, result: "answered", status: 200 }
      ],
      passedOver: [{ profile: "anthropic:c", why: "expired" }],
      movedFrom: "anthropic:a",
      cache: { cause: "hit", read: 10, written: 2, expected: 10 }
    }
    const line = accessLine(record)
    assert.strictEqual(line, JSON.stringify(wanted(record)))
  })
})
