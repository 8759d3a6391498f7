import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import type { Config } from "@clawdbot/domain/Config/Config"
import * as ModelCatalog from "@clawdbot/domain/Model/ModelCatalog"
import * as ModelRef from "@clawdbot/domain/Model/ModelRef"
import { assert, describe, it } from "@effect/vitest"
import * as Option from "effect/Option"
import * as fc from "fast-check"

const defaults = (value: NonNullable<NonNullable<Config["agents"]>["defaults"]>): Config => ({
  agents: { defaults: value }
})
const resolved = (config: Config, text: string) =>
  Option.getOrNull(Option.map(ModelCatalog.fromConfig(config).resolve(text), ModelRef.label))

describe("references", () => {
  const rows: ReadonlyArray<readonly [text: string, label: string | null]> = [
    ["anthropic/claude-haiku-4-5", "anthropic/claude-haiku-4-5"],
    [" Anthropic / Opus-4.5 ", "anthropic/claude-opus-4-5"],
    ["sonnet-4.5", "anthropic/claude-sonnet-4-5"],
    ["openai/opus-4.5", "openai/opus-4.5"],
    ["openrouter/anthropic/claude-opus-4.5", "openrouter/anthropic/claude-opus-4.5"],
    ["Z.AI/glm", "zai/glm"],
    ["anything", "anthropic/anything"],
    ["anthropic/", null],
    ["/x", null],
    [" ", null]
  ]
  for (const [text, label] of rows) {
    it(`${JSON.stringify(text)} is ${label}`, () => {
      assert.strictEqual(Option.getOrNull(Option.map(ModelRef.parse(text), ModelRef.label)), label)
    })
  }
  it("a label means the same reference again", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const once = ModelRef.parse(text)
        if (Option.isSome(once))
          assert.deepStrictEqual(ModelRef.parse(ModelRef.label(once.value)), once)
      })
    )
  })
})

describe("the catalog", () => {
  const full = defaults({
    model: {
      primary: "anthropic/claude-sonnet-4-5",
      fallbacks: ["anthropic/claude-opus-4-5", "openai/gpt-5.2"]
    },
    imageModel: {
      primary: "anthropic/claude-haiku-4-5",
      fallbacks: ["google/gemini-3-pro-preview"]
    },
    models: {
      "anthropic/claude-sonnet-4-5": { alias: " mysonnet " },
      "anthropic/claude-opus-4-5": {},
      "openai/gpt-5.2": {},
      "google/gemini-3-pro-preview": { alias: "" }
    }
  })

  it("in the words of the config", () => {
    const catalog = ModelCatalog.fromConfig(full)
    assert.strictEqual(catalog.defaultModel, "anthropic/claude-sonnet-4-5")
    assert.strictEqual(ModelRef.label(catalog.resolvedDefault), "anthropic/claude-sonnet-4-5")
    assert.deepStrictEqual(catalog.fallbacks, ["anthropic/claude-opus-4-5", "openai/gpt-5.2"])
    assert.deepStrictEqual(catalog.imageModel, Option.some("anthropic/claude-haiku-4-5"))
    assert.deepStrictEqual(catalog.imageFallbacks, ["google/gemini-3-pro-preview"])
    assert.deepStrictEqual(
      [...catalog.aliases],
      [
        ["mysonnet", "anthropic/claude-sonnet-4-5"],
        ["opus", "anthropic/claude-opus-4-5"],
        ["gpt", "openai/gpt-5.2"]
      ]
    )
    assert.strictEqual(catalog.allowed.length, 4)
    assert.deepStrictEqual(catalog.warnings, [])
  })

  it("without anything", () => {
    const catalog = ModelCatalog.fromConfig({})
    assert.strictEqual(catalog.defaultModel, "anthropic/claude-opus-4-5")
    assert.strictEqual(catalog.aliases.size, 0)
    assert.isTrue(ModelCatalog.isAllowed(catalog, ModelRef.make("x", "y")))
  })

  const primaries: ReadonlyArray<
    readonly [primary: string, label: string, understood: boolean, warnings: number]
  > = [
    ["anthropic/", "anthropic/claude-opus-4-5", false, 1],
    ["Anthropic/claude-x", "anthropic/claude-x", true, 0],
    ["anthropic/opus-4.5", "anthropic/claude-opus-4-5", true, 0],
    ["claude-x", "anthropic/claude-x", true, 1],
    ["Sonnet", "anthropic/claude-sonnet-4-5", true, 0],
    [" ", "anthropic/claude-opus-4-5", true, 0]
  ]
  for (const [primary, label, understood, warnings] of primaries) {
    it(`primary ${JSON.stringify(primary)} is ${label}`, () => {
      const catalog = ModelCatalog.fromConfig(defaults({ model: { primary } }))
      assert.strictEqual(ModelRef.label(catalog.resolvedDefault), label)
      assert.strictEqual(catalog.defaultUnderstood, understood)
      assert.strictEqual(catalog.warnings.length, warnings)
    })
  }

  it("aliases in any case; never with a slash; an empty one takes the built-in one away", () => {
    assert.strictEqual(resolved(full, " MySonnet "), "anthropic/claude-sonnet-4-5")
    assert.strictEqual(resolved(full, "mysonnet/x"), "mysonnet/x")
    assert.strictEqual(resolved({}, "opus"), "anthropic/claude-opus-4-5")
    assert.strictEqual(resolved(full, "gemini"), "anthropic/gemini")
    assert.strictEqual(resolved(full, "sonnet"), "anthropic/sonnet")
  })

  it("a written alias goes before a built-in one, and the first of two", () => {
    const config = defaults({
      models: {
        "anthropic/claude-opus-4-5": {},
        "x/y": { alias: "Opus" },
        "x/z": { alias: "opus" }
      }
    })
    const catalog = ModelCatalog.fromConfig(config)
    assert.strictEqual(resolved(config, "opus"), "x/y")
    assert.deepStrictEqual([...catalog.aliases], [["Opus", "x/y"]])
    assert.strictEqual(catalog.warnings.length, 1)
  })
})

describe("an agent's models", () => {
  const config: Config = {
    agents: {
      defaults: { model: { primary: "anthropic/a", fallbacks: ["anthropic/f"] } },
      list: [
        { id: "Text", model: "anthropic/t" },
        { id: "object", model: { primary: "sonnet", fallbacks: [] } },
        { id: "partial", model: { fallbacks: ["x/y"] } },
        { id: "plain" }
      ]
    }
  }
  const rows: ReadonlyArray<
    readonly [id: string, primary: string, fallbacks: ReadonlyArray<string>]
  > = [
    ["text", "anthropic/t", ["anthropic/f"]],
    ["object", "anthropic/claude-sonnet-4-5", []],
    ["partial", "anthropic/a", ["x/y"]],
    ["plain", "anthropic/a", ["anthropic/f"]],
    ["nobody", "anthropic/a", ["anthropic/f"]]
  ]
  for (const [id, primary, fallbacks] of rows) {
    it(id, () => {
      const catalog = ModelCatalog.forAgent(config, AgentId.normalize(id))
      assert.strictEqual(ModelRef.label(catalog.resolvedDefault), primary)
      assert.deepStrictEqual(catalog.fallbacks, fallbacks)
      assert.isTrue(catalog.defaultConfigured)
    })
  }

  it("one that names no model is told with its place, and the default one is used", () => {
    const wrong: Config = {
      agents: {
        defaults: { model: { primary: "anthropic/a" } },
        list: [{ id: "main" }, { id: "bad", model: "anthropic/" }, { id: "short", model: "a-1" }]
      }
    }
    const catalog = ModelCatalog.forAgent(wrong, AgentId.normalize("bad"))
    assert.strictEqual(catalog.defaultModel, "anthropic/a")
    assert.deepStrictEqual(ModelCatalog.warnings(wrong), [
      'agents.list[1].model "anthropic/" names no model (provider/model is expected); ' +
        "anthropic/a is used",
      'agents.list[2].model "a-1" names no provider; anthropic/a-1 is used'
    ])
  })
})

describe("parameters", () => {
  const config = defaults({
    models: {
      "Anthropic/opus-4.5": { params: { cacheControlTtl: "5m" } },
      "anthropic/claude-sonnet-4-5": { params: { cacheControlTtl: "1h", temperature: 1 } },
      "anthropic/claude-haiku-4-5": { params: { temperature: 1 } }
    }
  })
  const rows: ReadonlyArray<readonly [model: string, ttl: string | null]> = [
    ["claude-opus-4-5", "5m"],
    ["claude-sonnet-4-5", "1h"],
    ["claude-haiku-4-5", null],
    ["other", null]
  ]
  for (const [model, ttl] of rows) {
    it(`the cache lifetime of ${model} is ${ttl}`, () => {
      assert.strictEqual(
        Option.getOrNull(ModelCatalog.cacheControlTtl(config, ModelRef.make("anthropic", model))),
        ttl
      )
    })
  }
})
