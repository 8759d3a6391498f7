/** Spans as text are the JSON of what they hold, whatever texts and figures that is. */
import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { Attributes } from "../../src/telemetry/otlp.ts"
import { AttributeText, spanKind, spanText, statusCode } from "../../src/telemetry/spanText.ts"

const key = FastCheck.constantFrom("error.type", "clawdbot.profile", "url.path")
const text = FastCheck.option(FastCheck.string({ unit: "grapheme" }), { nil: undefined })
const count = FastCheck.option(FastCheck.nat(), { nil: undefined })
const amount = FastCheck.option(FastCheck.double(), { nil: undefined })
const given = FastCheck.record({
  key,
  text,
  texts: FastCheck.array(FastCheck.string()),
  count,
  amount
})

describe("the text of a span", () => {
  it("is the JSON of its attributes", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.array(given), (all) => {
        const [list, json] = [new Attributes(), new AttributeText()]
        for (const one of all) {
          for (const to of [list, json])
            to.text(one.key, one.text)
              .texts(one.key, one.texts)
              .count(one.key, one.count)
              .amount(one.key, one.amount)
          list.text(one.key, one.text)
          json.id(one.key, one.text)
        }
        assert.strictEqual(json.json, JSON.stringify(list.list))
      })
    )
  })

  it("is the JSON of the span", () => {
    const span = {
      traceId: "0af7651916cd43dd8448eb211c80319c",
      spanId: "b7ad6b7169203331",
      name: 'chat "a model"',
      kind: spanKind.server,
      startTimeUnixNano: "1804854725656000000",
      endTimeUnixNano: "1804854725657000000",
      attributes: [],
      status: { code: statusCode.error }
    }
    assert.strictEqual(spanText({ ...span, attributes: "[]" }), JSON.stringify(span))
    const { attributes, kind, name, spanId, traceId, ...rest } = span
    const child = { traceId, spanId, parentSpanId: spanId, name, kind, ...rest }
    const { endTimeUnixNano, startTimeUnixNano, status } = rest
    assert.strictEqual(
      spanText({ ...child, attributes: "[]" }),
      JSON.stringify({
        traceId,
        spanId,
        parentSpanId: spanId,
        name,
        kind,
        startTimeUnixNano,
        endTimeUnixNano,
        attributes,
        status
      })
    )
  })
})
