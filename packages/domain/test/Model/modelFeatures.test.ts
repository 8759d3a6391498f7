import { featuresOf, lacking, type ModelDemands } from "@clawdbot/domain/Model/modelFeatures"
import { assert, describe, it } from "@effect/vitest"

/** What is lacking of a demand, by model; "" where nothing is, "?" where nothing is known. */
const lackingIn = (demands: ModelDemands, ...models: ReadonlyArray<string>) =>
  models.map((model) => {
    const features = featuresOf(model)
    return features === undefined ? "?" : (lacking(demands, features) ?? "")
  })

const opus55 = "claude-opus-5-5"
const opus5 = "claude-opus-5"
const opus46 = "claude-opus-4-6"
const haiku45 = "claude-haiku-4-5-20251001"

describe("what a model takes", () => {
  const cases: ReadonlyArray<readonly [string, ModelDemands, ReadonlyArray<string>]> = [
    ["nothing", {}, ["", "", "", ""]],
    ["adaptive thinking", { thinking: "adaptive" }, ["", "", "", "thinking"]],
    ["a budget of thinking", { thinking: "enabled" }, ["thinking", "thinking", "", ""]],
    ["no thinking", { thinking: "disabled" }, ["thinking", "", "", ""]],
    [
      "no thinking with much effort",
      { thinking: "disabled", effort: "max" },
      ["thinking", "thinking", "thinking", "output_config.effort"]
    ],
    ["an effort", { effort: "xhigh" }, ["", "", "output_config.effort", "output_config.effort"]],
    [
      "sampling",
      { sampling: true },
      ["temperature, top_p, top_k", "temperature, top_p, top_k", "", ""]
    ],
    ["a tool that is forced", { forcedTools: true }, ["tool_choice", "", "", ""]],
    ["fast mode", { fast: true }, ["", "", "", "speed"]],
    ["a long answer", { maxTokens: 128_000 }, ["", "", "", "max_tokens"]],
    ["a long prompt", { longContext: true }, ["", "", "", "context-1m"]],
    [
      "what nobody has heard of",
      { thinking: "telepathic" },
      ["thinking", "thinking", "thinking", "thinking"]
    ]
  ]
  for (const [what, demands, expected] of cases)
    it(what, () => {
      assert.deepStrictEqual(lackingIn(demands, opus55, opus5, opus46, haiku45), expected)
    })

  it("is known by the model, however it is written, and not of others", () => {
    const demand = { thinking: "enabled" }
    assert.deepStrictEqual(
      lackingIn(demand, "anthropic/Claude-Opus-5.5[1m]", "claude-opus-6", "gpt-9", ""),
      ["thinking", "?", "?", "?"]
    )
  })
})
