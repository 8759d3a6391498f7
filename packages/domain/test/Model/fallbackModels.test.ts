import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import * as Config from "@clawdbot/domain/Config/Config"
import { fallbackModels } from "@clawdbot/domain/Model/fallbackModels"
import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as fc from "fast-check"

const first = "claude-opus-5-5"
const second = "claude-opus-5"
const third = "claude-sonnet-5"

const othersOf = (
  model: string,
  agents: unknown,
  gateway: unknown = { modelFallback: true },
  agent = "main"
) => {
  const config = Either.getOrThrow(Config.decode({ gateway, agents }))
  return fallbackModels(config, AgentId.normalize(agent), model)
}

const agents = {
  defaults: {
    model: { primary: `anthropic/${first}`, fallbacks: [`anthropic/${second}`, "sonnet"] },
    models: { [`anthropic/${third}`]: { alias: "sonnet" } }
  },
  list: [{ id: "own", model: { primary: second, fallbacks: [] } }]
}

describe("the models that may answer for another one", () => {
  it("are those after it in the list of its agent", () => {
    assert.deepStrictEqual(othersOf(first, agents).others, [second, third])
    assert.deepStrictEqual(othersOf(second, agents), { asked: second, others: [third] })
    assert.deepStrictEqual(othersOf(third, agents).others, [])
    assert.deepStrictEqual(othersOf(second, agents, undefined, "own").others, [])
    assert.deepStrictEqual(othersOf("claude-haiku-4-5", agents).others, [])
  })

  it("are found for a model with a date, a suffix or a provider", () => {
    for (const name of [
      `${first}[1m]`,
      `anthropic/${first}`,
      `${first}-20260922`,
      "Claude-Opus-5.5"
    ])
      assert.deepStrictEqual(othersOf(name, agents), { asked: first, others: [second, third] })
  })

  it("are each named once, of this provider, and of a name that a header can carry", () => {
    const fallbacks = [
      second,
      first,
      `anthropic/${second}`,
      "openai/gpt-9",
      "claude\r\nx: y",
      third
    ]
    assert.deepStrictEqual(
      othersOf(first, { defaults: { model: { primary: first, fallbacks } } }).others,
      [second, third]
    )
  })

  it("are none without the setting, whatever the lists say", () => {
    const models = fc.constantFrom(first, second, third, "claude-haiku-4-5")
    const lists = fc.record({ primary: models, fallbacks: fc.array(models, { maxLength: 4 }) })
    fc.assert(
      fc.property(models, lists, fc.constantFrom({}, { modelFallback: false }), (...facts) => {
        const [model, list, gateway] = facts
        const { others } = othersOf(model, { defaults: { model: list } }, gateway)
        assert.deepStrictEqual(others, [])
      })
    )
  })
})
