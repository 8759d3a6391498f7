import * as fs from "node:fs/promises"
import { decode } from "@clawdbot/domain/Config/Config"
import { defaults } from "@clawdbot/domain/Config/defaults"
import * as KnownKeys from "@clawdbot/domain/Config/KnownKeys"
import { knownKeys } from "@clawdbot/domain/Config/knownKeysData"
import * as JsonValue from "@clawdbot/json5-edit/JsonValue"
import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import { markdown, type Row, rows } from "../../../../scripts/configReference/configTable.ts"
import { exampleNames, examples } from "../../../../scripts/configReference/examples.ts"
import { make } from "../../../../scripts/configReference/jsonSchema.ts"

const read = (name: string): Promise<string> =>
  fs.readFile(new URL(`../../../../${name}`, import.meta.url), "utf8")

/** What must stand beside a key of a place. */
const besideIn = (place: string): object => {
  if (place === "auth.profiles.*") return { provider: "anthropic", mode: "api_key" }
  if (place === "agents.list[]") return { id: "work" }
  if (place === "pricing.overrides[]") return { model: "claude-opus-5-5" }
  return place.endsWith("models[]") ? { id: "x", name: "x" } : {}
}

/** A document that holds an example where its key is, with what else must stand beside it. */
const holding = (name: string, example: unknown): unknown => {
  const steps = name.replaceAll("[]", ".[]").split(".")
  const place = (at: number, value: unknown): unknown => {
    if (at === 0) return value
    const step = steps[at - 1] ?? ""
    const above = steps
      .slice(0, at - 1)
      .join(".")
      .replaceAll(".[]", "[]")
    if (step === "[]") return place(at - 1, [value])
    const beside = besideIn(above)
    return place(at - 1, {
      ...beside,
      [step === "*" ? (exampleNames[above] ?? step) : step]: value
    })
  }
  return place(steps.length, example)
}

/** Whether a path of known keys leads somewhere in a JSON Schema. */
const reaches = (schema: unknown, steps: ReadonlyArray<string>): boolean => {
  const [step, ...rest] = steps
  if (step === undefined) return true
  if (!JsonValue.isObject(schema)) return false
  if (schema.type === undefined && schema.anyOf === undefined) return true
  if (JsonValue.isList(schema.anyOf) && schema.type === undefined)
    return schema.anyOf.some((one) => reaches(one, steps))
  if (step === "[]") return reaches(schema.items, rest)
  const named = JsonValue.isObject(schema.properties)
    ? JsonValue.own(schema.properties, step)
    : undefined
  return reaches(named ?? schema.additionalProperties, rest)
}

describe("the config reference", () => {
  it("is up to date (node scripts/generate-config-schema.mjs)", async () => {
    const written: unknown = JSON.parse(await read("packages/cli/clawdbot.schema.json"))
    assert.deepStrictEqual(written, JSON.parse(JSON.stringify(make())))
    assert.include(await read("docs/configuration.md"), markdown(make()))
  })

  it("tells type, effect and a valid example of every key", () => {
    const wrong = (row: Row): ReadonlyArray<string> => {
      const document = holding(row.name, row.example)
      return [
        ...(row.effect === "" || /^an? (non|positive)/.test(row.effect)
          ? [`${row.name}: no effect`]
          : []),
        ...(row.example === undefined ? [`${row.name}: no example`] : []),
        ...(Either.isLeft(decode(document)) ? [`${row.name}: the example does not decode`] : []),
        ...(KnownKeys.check(document).length > 0
          ? [`${row.name}: the example has unknown keys`]
          : [])
      ]
    }
    const all = rows(make())
    assert.deepStrictEqual(all.flatMap(wrong), [])
    const names = new Set(all.map(({ name }) => name))
    assert.deepStrictEqual(
      Object.keys(examples).filter((name) => !names.has(name)),
      []
    )
  })

  it("agrees with what the descriptions call the default", () => {
    for (const { effect, name, preset } of rows(make())) {
      const said = /Default `?(\w+)`?\.$/.exec(effect)?.[1]
      if (said !== undefined) assert.strictEqual(String(preset), said, name)
    }
    for (const [name, value] of Object.entries(defaults))
      assert.isTrue(Either.isRight(decode(holding(name, value))), name)
  })

  it("lets every known key of other programs pass", () => {
    const schema = make()
    const lost = Object.keys(knownKeys).filter(
      (name) => !reaches(schema, name.replaceAll("[]", ".[]").split("."))
    )
    assert.deepStrictEqual(lost, [])
  })

  it("is a schema whose required keys may come from an include", () => {
    const profile = JsonValue.get(make(), [
      "properties",
      "auth",
      "properties",
      "profiles",
      "additionalProperties"
    ])
    assert.deepStrictEqual(JsonValue.get(profile, ["anyOf"]), [
      { required: ["provider", "mode"] },
      { required: ["$include"] }
    ])
  })
})
