import { scan } from "@clawdbot/domain/Anthropic/RequestScan"
import { maxText } from "@clawdbot/domain/Bounded/shortText"
import { defined } from "@clawdbot/domain/Document/defined"
import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"

const bytes = (text: string) => new TextEncoder().encode(text)

/** What a full parse finds. */
const parsed = (text: string) => {
  const value = JSON.parse(text)
  const userId = value.metadata?.user_id
  return {
    ...defined({
      model: typeof value.model === "string" ? value.model : undefined,
      stream: "stream" in value ? value.stream === true : undefined,
      fast: "speed" in value ? value.speed === "fast" : undefined,
      userId: typeof userId === "string" ? userId : undefined
    })
  }
}

/** Text that tries to be taken for fields. */
const decoy = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom(
    '"model":"wrong"',
    "\\",
    '\\"',
    '{"stream":true',
    '"speed":"fast"',
    "}]",
    '"metadata":{"user_id":"wrong"}',
    "\u2028"
  )
)
const anything = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    decoy,
    fc.double({ noDefaultInfinity: true, noNaN: true }),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(
      fc.oneof(decoy, fc.constantFrom("model", "stream", "speed", "metadata", "user_id", "x")),
      tie("value"),
      {
        maxKeys: 4
      }
    )
  )
})).value
const request = fc
  .record(
    {
      model: fc.oneof(decoy, anything),
      stream: fc.boolean(),
      speed: fc.oneof(fc.constantFrom("fast", "standard"), decoy, anything),
      metadata: fc.oneof(
        fc.record({ user_id: fc.oneof(decoy, anything), other: anything }),
        anything
      ),
      messages: anything,
      system: anything,
      tools: anything
    },
    { requiredKeys: [] }
  )
  .chain((value) =>
    fc.shuffledSubarray(Object.entries(value), { minLength: Object.keys(value).length })
  )
  .map((entries) => Object.fromEntries(entries))

describe("RequestScan", () => {
  it("finds what a full parse finds, in any order and however it is written", () => {
    fc.assert(
      fc.property(request, fc.constantFrom(undefined, 2, "\t"), (value, space) => {
        const text = JSON.stringify(value, undefined, space)
        assert.deepStrictEqual(scan(bytes(text)), parsed(text))
      }),
      { numRuns: 500 }
    )
  })

  it("never throws, whatever the bytes are", () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), decoy.map(bytes)), (body) => {
        scan(body)
      })
    )
  })

  it("a body cut off anywhere gives nothing that the whole one does not say", () => {
    const text = JSON.stringify({
      metadata: { user_id: "u" },
      model: 'm\\"',
      messages: ["a"],
      stream: true
    })
    const whole: Record<string, unknown> = { ...scan(bytes(text)) }
    for (let length = 0; length < text.length; length++) {
      for (const [name, value] of Object.entries(scan(bytes(text.slice(0, length)))))
        assert.strictEqual(value, whole[name])
    }
  })

  it("reads escaped keys, and a key that comes twice as the last one", () => {
    assert.deepStrictEqual(scan(bytes('{"mod\\u0065l":"a"}')), { model: "a" })
    assert.deepStrictEqual(scan(bytes('{"model":"a","model":"b","model":"c","stream":true}')), {
      model: "c",
      stream: true
    })
  })

  it("is nothing for an empty body, a list and a text", () => {
    for (const text of ["", "  ", "[]", '"model"', "{}", "{", "nul"])
      assert.deepStrictEqual(scan(bytes(text)), {})
  })

  it("keeps no more of a long text than is told of it, however it is written", () => {
    for (const long of ["m".repeat(1_000_000), "\\u00e9".repeat(10_000), "é".repeat(10_000)]) {
      const body = `{"model":"${long}","metadata":{"user_id":"${long}"},"stream":true}`
      const { model = "", stream, userId = "" } = scan(new TextEncoder().encode(body))
      for (const text of [model, userId]) {
        assert.isAtMost(text.length, maxText)
        assert.include(text, "…")
        assert.isTrue(long.startsWith(text.slice(0, 50)))
      }
      assert.isTrue(stream)
    }
    const name = "n".repeat(maxText)
    assert.strictEqual(scan(new TextEncoder().encode(`{"model":"${name}"}`)).model, name)
  })
})
