import { splice, type Ttl } from "@clawdbot/domain/Anthropic/CacheTtl"
import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"

const bytes = (text: string) => new TextEncoder().encode(text)
const text = (body: Uint8Array) => new TextDecoder().decode(body)

type Json = Record<string, unknown>
const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value)
const objects = (value: unknown): ReadonlyArray<Json> =>
  Array.isArray(value) ? value.filter(isObject) : []

/**
 * Every object that may carry a breakpoint, in the order in which the provider reads them. Written
 * apart from the scanner, over values.
 */
const carriers = (request: Json): ReadonlyArray<Json> => [
  ...objects(request.tools),
  ...objects(request.system),
  ...objects(request.messages).flatMap((message) =>
    objects(message.content).flatMap((block) => [...objects(block.content), block])
  ),
  request
]

const breakpoints = (request: Json): ReadonlyArray<Json> =>
  carriers(request).flatMap(({ cache_control: mark }) =>
    isObject(mark) && mark.type === "ephemeral" ? [mark] : []
  )

/** The same change by parsing: what the splice must equal. */
const expected = (body: string, ttl: Ttl): Json | undefined => {
  const request = JSON.parse(body)
  if (!isObject(request)) return undefined
  const marks = breakpoints(request)
  const missing = marks.filter((mark) => !Object.hasOwn(mark, "ttl"))
  if (missing.length === 0 || marks.length > 4) return undefined
  for (const mark of missing) mark.ttl = ttl
  const lifetimes = marks.map((mark) => (typeof mark.ttl === "string" ? mark.ttl : "5m"))
  const firstShort = lifetimes.indexOf("5m")
  return firstShort >= 0 && lifetimes.lastIndexOf("1h") > firstShort ? undefined : request
}

const words = fc.oneof(
  fc.string({ unit: "binary", maxLength: 8 }),
  fc.constantFrom('"cache_control":{"type":"ephemeral"}', "\\", '\\"', "{", "]", "ephemeral", "ttl")
)
const mark = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ type: "ephemeral" }) },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant("ephemeral"), ttl: fc.constantFrom("5m", "1h", null) })
  },
  fc.record({ zzz: words, type: fc.constant("ephemeral") }),
  fc.constantFrom(null, "ephemeral", {}, [], { type: "other" })
)
/** Data of the person: looks like breakpoints, and is none. */
const data = fc.record({
  cache_control: mark,
  properties: fc.record({ cache_control: mark }),
  text: words
})
const optional = <A>(value: fc.Arbitrary<A>) => fc.option(value, { nil: undefined, freq: 3 })
const inner = fc.record({ type: words, text: words, cache_control: optional(mark) })
const block = fc.record({
  type: words,
  input: optional(data),
  content: optional(fc.oneof(words, fc.array(inner, { maxLength: 2 }))),
  cache_control: optional(mark)
})
const request = fc.record({
  model: words,
  tools: optional(
    fc.array(fc.record({ name: words, input_schema: data, cache_control: optional(mark) }), {
      maxLength: 2
    })
  ),
  messages: optional(
    fc.array(
      fc.record({ role: words, content: fc.oneof(words, fc.array(block, { maxLength: 2 })), data }),
      {
        maxLength: 2
      }
    )
  ),
  system: optional(fc.oneof(words, fc.array(inner, { maxLength: 2 }))),
  cache_control: optional(mark),
  metadata: data
})
const shuffled = request
  .chain((value) =>
    fc.shuffledSubarray(Object.entries(value), { minLength: Object.keys(value).length })
  )
  .map((entries) => Object.fromEntries(entries))
const ttls = fc.constantFrom<Ttl>("5m", "1h")

const withMarks = (...marks: ReadonlyArray<unknown>) =>
  JSON.stringify({
    system: marks.map((cache_control) => ({ type: "text", text: "x", cache_control }))
  })
const plain = { type: "ephemeral" }

describe("CacheTtl", () => {
  it("equals parsing, setting and writing; taking the insertions out gives the input back", () => {
    let changed = 0
    fc.assert(
      fc.property(shuffled, ttls, fc.constantFrom(undefined, 2, "\t"), (value, ttl, space) => {
        const body = JSON.stringify(value, undefined, space)
        const wanted = expected(body, ttl)
        const result = splice(bytes(body), ttl)
        if (result._tag !== "Spliced") {
          assert.isUndefined(wanted)
          return
        }
        changed += 1
        const written = text(result.body)
        assert.deepStrictEqual(JSON.parse(written), wanted)
        const insertion = `"ttl":"${ttl}",`
        assert.strictEqual(written.length, body.length + result.insertions * insertion.length)
        // Only bytes were added, nothing was moved: both texts agree from insertion to insertion.
        let at = 0
        let added = 0
        for (let index = 0; index < written.length; ) {
          if (written.startsWith(insertion, index) && !body.startsWith(insertion, at)) {
            index += insertion.length
            added += 1
          } else assert.strictEqual(written[index++], body[at++])
        }
        assert.strictEqual(added, result.insertions)
      }),
      { numRuns: 600 }
    )
    assert.isAbove(changed, 60)
  })

  it("splicing twice changes nothing more", () => {
    fc.assert(
      fc.property(shuffled, ttls, (value, ttl) => {
        const first = splice(bytes(JSON.stringify(value)), ttl)
        if (first._tag === "Spliced") assert.strictEqual(splice(first.body, ttl)._tag, "Unchanged")
      })
    )
  })

  it("never throws, and leaves what is not JSON as it is", () => {
    fc.assert(fc.property(fc.uint8Array(), (body) => void splice(body, "1h")))
    const whole = withMarks(plain)
    for (let length = 0; length < whole.length; length++) {
      assert.strictEqual(splice(bytes(whole.slice(0, length)), "1h")._tag, "Unchanged")
    }
    for (const odd of [`${whole} x`, `[${whole}]`, "", "null"]) {
      assert.strictEqual(splice(bytes(odd), "1h")._tag, "Unchanged")
    }
  })

  it("leaves a request alone whose own five minutes would then stand before an hour", () => {
    assert.deepStrictEqual(splice(bytes(withMarks({ ...plain, ttl: "5m" }, plain)), "1h"), {
      _tag: "LeftAlone",
      reason: "order"
    })
    assert.strictEqual(
      splice(bytes(withMarks(plain, { ...plain, ttl: "5m" })), "1h")._tag,
      "Spliced"
    )
    assert.deepStrictEqual(splice(bytes(withMarks(plain, { ...plain, ttl: "1h" })), "5m"), {
      _tag: "LeftAlone",
      reason: "order"
    })
  })

  it("reads in the provider's order, not in the text's", () => {
    const later = {
      messages: [{ content: [{ cache_control: { ...plain, ttl: "5m" } }] }],
      tools: [{ cache_control: plain }]
    }
    assert.strictEqual(splice(bytes(JSON.stringify(later)), "1h")._tag, "Spliced")
  })

  it(
    "leaves a request alone with more breakpoints than the provider takes, or with a doubled " +
      "key",
    () => {
      assert.strictEqual(splice(bytes(withMarks(plain, plain, plain, plain)), "1h")._tag, "Spliced")
      assert.deepStrictEqual(splice(bytes(withMarks(plain, plain, plain, plain, plain)), "1h"), {
        _tag: "LeftAlone",
        reason: "too many breakpoints"
      })
      assert.deepStrictEqual(
        splice(bytes('{"cache_control":{"type":"ephemeral"},"system":[],"system":[]}'), "1h"),
        {
          _tag: "LeftAlone",
          reason: "doubled key"
        }
      )
    }
  )

  it("finds escaped keys and values", () => {
    const escaped = '{"cache\\u005fcontrol":{"type":"\\u0065phemeral"}}'
    const result = splice(bytes(escaped), "1h")
    assert.strictEqual(
      result._tag === "Spliced" && text(result.body),
      '{"cache\\u005fcontrol":{"ttl":"1h","type":"\\u0065phemeral"}}'
    )
  })
})
