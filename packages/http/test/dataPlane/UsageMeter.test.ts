import * as Usage from "@clawdbot/domain/Usage/Usage"
import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { UsageMeter } from "../../src/dataPlane/UsageMeter.ts"

/** What a plain answer that comes in pieces of a size used. */
const measured = (text: string, size: number): Usage.Usage | undefined => {
  const meter = new UsageMeter(undefined, () => undefined)
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += size) meter.body(bytes.subarray(at, at + size))
  return meter.end()?.usage
}

const count = fc.oneof(
  fc.nat(),
  fc.integer(),
  fc.double(),
  fc.constantFrom(null, "5", true, 1e21, {}, [])
)
const usage = fc.record(
  {
    input_tokens: count,
    output_tokens: count,
    cache_read_input_tokens: count,
    cache_creation_input_tokens: count,
    cache_creation: fc.oneof(
      fc.record(
        { ephemeral_5m_input_tokens: count, ephemeral_1h_input_tokens: count },
        { requiredKeys: [] }
      ),
      count
    ),
    server_tool_use: fc.record({ input_tokens: count }),
    service_tier: fc.string()
  },
  { requiredKeys: [] }
)

describe("the usage of a plain answer", () => {
  it("is what its document says, however it is written and cut up", () => {
    fc.assert(
      fc.property(
        fc.record({
          content: fc.jsonValue(),
          usage: fc.oneof(usage, fc.jsonValue()),
          model: fc.string()
        }),
        fc.constantFrom(0, 2),
        fc.integer({ min: 1, max: 64 }),
        (answer, indent, size) => {
          const text = JSON.stringify(answer, null, indent)
          const parsed: { readonly usage: unknown } = JSON.parse(text)
          assert.deepStrictEqual(measured(text, size), Usage.after(undefined, parsed.usage))
        }
      )
    )
  })

  it("comes with all that its price depends on", () => {
    const meter = new UsageMeter(undefined, () => undefined)
    const text = JSON.stringify({
      model: "claude-opus-5-5",
      usage: {
        input_tokens: 3,
        speed: "fast",
        inference_geo: "us",
        service_tier: "batch",
        server_tool_use: { web_search_requests: 2 },
        output_tokens_details: { thinking_tokens: 3 },
        iterations: [{ model: "claude-opus-5", output_tokens: 4 }]
      }
    })
    meter.body(Buffer.from(text))
    assert.deepStrictEqual(meter.end(), {
      usage: { ...Usage.zero, input: 3 },
      model: "claude-opus-5-5",
      speed: "fast",
      region: "us",
      tier: "batch",
      webSearches: 2,
      reasoning: 3,
      iterations: [{ model: "claude-opus-5", usage: { ...Usage.zero, output: 4 } }],
      isComplete: true
    })
  })

  it("keeps the tokens of thinking that an earlier event of a stream reported", () => {
    const meter = new UsageMeter(undefined, () => undefined)
    for (const details of [null, { thinking_tokens: 3 }, { thinking_tokens: "many" }, null])
      meter.event(JSON.stringify({ usage: { output_tokens: 9, output_tokens_details: details } }))
    assert.strictEqual(meter.end()?.reasoning, 3)
  })

  it("is told whatever stands in an object too deep to be followed", () => {
    const deep = '{"cache_creation":'.repeat(20_000)
    const text = `{"usage":{"input_tokens":3,"cache_creation":${deep}1${"}".repeat(20_000)}}}`
    assert.strictEqual(measured(text, 65_536)?.input, 3)
  })
})
