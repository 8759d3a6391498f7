/** The keys of `clawdbot.json` as tables for the documentation, made from the JSON Schema. Pure. */

import { textOf } from "@clawdbot/domain/Text/textIf"
import { isList, isObject, type JsonObject } from "@clawdbot/json5-edit/JsonValue"
import { exampleNames } from "./examples.ts"

/** One key. `name` is its path with `*` for any name; `key` is how a person writes it. */
export interface Row {
  readonly name: string
  readonly key: string
  readonly type: string
  readonly preset: unknown
  readonly effect: string
  readonly example: unknown
}

const range = (schema: JsonObject): string => {
  const { exclusiveMinimum, maximum, minimum } = schema
  if (minimum !== undefined && maximum !== undefined) return `, ${minimum} to ${maximum}`
  if (exclusiveMinimum !== undefined) return `, more than ${exclusiveMinimum}`
  if (minimum === undefined) return ""
  return `, ${minimum} or more`
}

const typeOf = (schema: JsonObject): string => {
  if (isList(schema.enum))
    return schema.enum.map((word) => `\`${JSON.stringify(word)}\``).join(", ")
  if (isList(schema.anyOf) && schema.type === undefined) {
    return schema.anyOf.map((one) => (isObject(one) ? typeOf(one) : "")).join(" or ")
  }
  switch (schema.type) {
    case "string":
      return "text"
    case "boolean":
      return "`true` or `false`"
    case "integer":
      return `whole number${range(schema)}`
    case "number":
      return `number${range(schema)}`
    case "array":
      if (isObject(schema.items)) return `list of ${typeOf(schema.items)}`
      return "list"
    case "object":
      return "object"
    default:
      return "anything"
  }
}

const children = (schema: JsonObject): ReadonlyArray<readonly [string, JsonObject]> => {
  const named = Object.entries(isObject(schema.properties) ? schema.properties : {}).flatMap(
    ([name, one]): ReadonlyArray<readonly [string, JsonObject]> => {
      if (
        name === "$include" ||
        !isObject(one) ||
        (one.type === undefined && one.anyOf === undefined)
      )
        return []
      return [[name, one]]
    }
  )
  const any = schema.additionalProperties
  if (isObject(any) && any.type !== undefined) return [...named, ["*", any]]
  return named
}

const written = (name: string): string =>
  name.split(".").reduce<string>((path, step) => {
    const plain = step === "*" ? "<name>" : step
    if (path === "") return plain
    return `${path}.${plain}`
  }, "")

const firstExample = (schema: JsonObject): unknown => {
  if (isList(schema.examples)) return schema.examples[0]
  return undefined
}

/**
 * An example of the schema's own, or one made of what must stand below it, else of what comes first
 * there.
 */
const exampleOf = (schema: JsonObject, name: string): unknown => {
  const given = firstExample(schema)
  if (given !== undefined || schema.type !== "object") return given
  const all = children(schema)
  const must =
    isList(schema.anyOf) && isObject(schema.anyOf[0]) ? schema.anyOf[0].required : undefined
  const wanted = isList(must) ? all.filter(([step]) => must.includes(step)) : all.slice(0, 1)
  return Object.fromEntries(
    wanted.map(([step, one]) => {
      const path = `${name}.${step}`
      return [step === "*" ? (exampleNames[name] ?? step) : step, exampleOf(one, path)]
    })
  )
}

/** Every key below a schema, in its order. */
export const rows = (schema: JsonObject, name = ""): ReadonlyArray<Row> =>
  children(schema).flatMap(([step, one]) => {
    const path = name === "" ? step : `${name}.${step}`
    const row: Row = {
      name: path,
      key: written(path),
      type: typeOf(one),
      preset: one.default,
      effect: typeof one.description === "string" ? one.description : "",
      example: exampleOf(one, path)
    }
    const items =
      isObject(one.items) && one.items.type === "object" ? rows(one.items, `${path}[]`) : []
    const either =
      isList(one.anyOf) && one.type === undefined
        ? one.anyOf.flatMap((part) => (isObject(part) ? rows(part, path) : []))
        : []
    return [row, ...rows(one, path), ...items, ...either]
  })

const code = (value: unknown): string => {
  const text = JSON.stringify(value)
    .replace(/"([A-Za-z_$][\w$]*)":/g, "$1: ")
    .replaceAll(",", ", ")
  return `\`${text.replaceAll("|", "\\|")}\``
}

/** The tables, one for each section. */
export const markdown = (schema: JsonObject): string => {
  const all = rows(schema)
  const sections = [...new Set(all.map(({ name }) => name.split(".")[0] ?? ""))]
  return sections
    .map((section) => {
      const own = all.filter(({ name }) => name === section || name.startsWith(`${section}.`))
      const lines = own.map(
        ({ effect, example, key, preset, type }) =>
          `| \`${key}\` | ${type} | ${textOf(preset, code)} | ` +
          `${effect.replaceAll("|", "\\|")} | ${textOf(example, code)} |`
      )
      return [
        `### \`${section}\``,
        "",
        "| Key | Type | Default | What it does | Example |",
        "| --- | --- | --- | --- | --- |",
        ...lines
      ].join("\n")
    })
    .join("\n\n")
}
