import { modelPlace, withModel } from "@clawdbot/domain/Anthropic/ModelSplice"
import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"

const bytes = (text: string) => new TextEncoder().encode(text)
const text = (body: Uint8Array) => new TextDecoder().decode(body)

const changed = (body: string, model: string): string | undefined => {
  const place = modelPlace(bytes(body))
  return place && text(withModel(bytes(body), place, model))
}

const demandsOf = (fields: object) =>
  modelPlace(bytes(JSON.stringify({ model: "m", ...fields })))?.demands

describe("a message for another model", () => {
  it("has the other name in the place of its own, and every other byte", () => {
    const key = fc.string({ unit: "binary", maxLength: 6 }).filter((one) => one !== "model")
    const fields = fc.dictionary(key, fc.jsonValue({ maxDepth: 3 }), { maxKeys: 4 })
    const space = fc.constantFrom("", " ", "\n\t")
    fc.assert(
      fc.property(
        fields,
        fields,
        fc.string(),
        fc.string(),
        space,
        (head, tail, own, other, gap) => {
          const members = (part: object) =>
            Object.entries(part).map(
              ([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`
            )
          const after = Object.fromEntries(Object.entries(tail).filter(([name]) => !(name in head)))
          const body = (model: string) =>
            [
              ...members(head),
              `"model"${gap}:${gap}${JSON.stringify(model)}`,
              ...members(after)
            ].join(`${gap},${gap}`)
          const whole = (model: string) => `${gap}{${body(model)}${gap}}${gap}`
          assert.strictEqual(changed(whole(own), other), whole(other))
        }
      )
    )
  })

  it("is none where its model is not one text, or the body not one object", () => {
    const bodies = [
      "",
      "[]",
      "{}",
      '{"model":1}',
      '{"model":"a","model":"b"}',
      '{"model":"a","speed":"fast","speed":"standard"}',
      '{"mo\\u0064el":"a","model":"b"}',
      '{"model":"a"',
      '{"model":"a"} {}',
      '{"model":"a",}'
    ]
    for (const body of bodies) assert.isUndefined(modelPlace(bytes(body)), body)
  })

  it("says what it asks of its model", () => {
    assert.deepStrictEqual(demandsOf({}), {})
    assert.deepStrictEqual(
      demandsOf({
        thinking: { type: "adaptive", display: "summarized" },
        output_config: { effort: "max", format: {} },
        tool_choice: { type: "tool", name: "x" },
        speed: "fast",
        max_tokens: 128_000,
        top_p: 0.5
      }),
      {
        thinking: "adaptive",
        effort: "max",
        forcedTools: true,
        fast: true,
        maxTokens: 128_000,
        sampling: true
      }
    )
    assert.deepStrictEqual(
      demandsOf({ tool_choice: { type: "auto" }, speed: "standard", output_config: {} }),
      { forcedTools: false, fast: false }
    )
    assert.deepStrictEqual(demandsOf({ thinking: null, temperature: null }), {})
  })

  it("asks for something that no model has where a field is no field of the provider's", () => {
    for (const thinking of ["adaptive", 1, {}, { type: 1 }])
      assert.strictEqual(demandsOf({ thinking })?.thinking, "(no text)")
    assert.isTrue(demandsOf({ tool_choice: {} })?.forcedTools)
  })

  it("is asked for by its own fields, not by those of its messages", () => {
    const inner = { thinking: { type: "enabled" }, temperature: 1, model: "x" }
    assert.deepStrictEqual(demandsOf({ messages: [inner], metadata: inner }), {})
  })
})
