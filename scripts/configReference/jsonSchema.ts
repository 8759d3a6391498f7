/**
 * The JSON Schema of `clawdbot.json` (draft 7), made from the config's own schema, for editors that
 * complete and check. It says what a file may hold before includes are read, so `$include` may
 * stand in any object and may bring along what is required.
 */

import { Config } from "@clawdbot/domain/Config/Config"
import { byPath as defaults } from "@clawdbot/domain/Config/defaults"
import * as Include from "@clawdbot/domain/Config/Include"
import { knownKeys } from "@clawdbot/domain/Config/knownKeysData"
import { defined } from "@clawdbot/domain/Document/defined"
import { listIf } from "@clawdbot/domain/Document/listIf"
import { textIf } from "@clawdbot/domain/Text/textIf"
import { isList, isObject, type JsonObject, own } from "@clawdbot/json5-edit/JsonValue"
import * as JSONSchema from "effect/JSONSchema"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import { examples } from "./examples.ts"

const include: JsonObject = {
  description: "Files whose content is inserted here; keys beside it take precedence.",
  anyOf: [{ type: "string" }, { type: "array", items: { type: "string" } }]
}

/** Keys of other programs right below a place, by the list of known keys. */
const otherKeys = (place: string): ReadonlyArray<string> => {
  const start = textIf(place !== "", `${place}.`)
  const found = Object.keys(knownKeys).flatMap((name) =>
    listIf(name.startsWith(start), name.slice(start.length).split(/\.|\[\]/)[0] ?? "")
  )
  return [...new Set(found)].filter((name) => name !== "" && name !== "*")
}

const isOpen = (schema: unknown): boolean => isObject(schema) && Object.hasOwn(schema, "$id")

/**
 * One schema without references, which older drafts do not combine with anything beside them, and
 * with what the file format allows.
 */
const adapt = (schema: unknown, place: string, definitions: JsonObject): unknown => {
  if (!isObject(schema)) return schema
  const { $id: _id, $ref: reference, title: _title, ...rest } = schema
  if (isOpen(schema)) return {}
  const target =
    typeof reference === "string" ? own(definitions, reference.split("/").at(-1) ?? "") : undefined
  if (isObject(target)) return adapt({ ...target, ...rest }, place, definitions)
  const known: Record<string, unknown> = { ...rest }
  if (isList(rest.anyOf)) known.anyOf = rest.anyOf.map((one) => adapt(one, place, definitions))
  if (rest.items !== undefined) known.items = adapt(rest.items, `${place}[]`, definitions)
  // Where a rule comes from is of interest to those who read the code.
  if (typeof rest.description === "string")
    known.description = rest.description.replace(/ \(decision \w+\)/g, "")
  if (Object.hasOwn(defaults, place)) known.default = defaults[place]
  if (Object.hasOwn(examples, place)) known.examples = [examples[place]]
  if (rest.type !== "object") return known
  const named = isObject(rest.properties) ? rest.properties : {}
  const below = (name: string): string => {
    if (place === "") return name
    return `${place}.${name}`
  }
  const properties = Object.fromEntries(
    Object.entries(named).map(([name, one]) => [name, adapt(one, below(name), definitions)])
  )
  const others = Object.fromEntries(
    otherKeys(place).flatMap((name) =>
      listIf(!Object.hasOwn(named, name), [name, { description: "Kept for other programs." }])
    )
  )
  const additional = isObject(rest.additionalProperties)
    ? adapt(rest.additionalProperties, below("*"), definitions)
    : rest.additionalProperties
  const { required: _required, ...shape } = known
  return {
    ...shape,
    properties: { ...properties, ...others, [Include.directive]: include },
    ...defined({
      anyOf:
        isList(rest.required) && rest.required.length > 0
          ? [{ required: rest.required }, { required: [Include.directive] }]
          : undefined
    }),
    additionalProperties: additional ?? {}
  }
}

/** A schema with its suspended parts in their places; with references the descriptions would go. */
const resolved = (ast: AST.AST): AST.AST => {
  switch (ast._tag) {
    case "Suspend":
      return AST.annotations(resolved(ast.f()), ast.annotations)
    case "TypeLiteral":
      return new AST.TypeLiteral(
        ast.propertySignatures.map(
          ({ annotations, isOptional, isReadonly, name, type }) =>
            new AST.PropertySignature(name, resolved(type), isOptional, isReadonly, annotations)
        ),
        ast.indexSignatures.map(
          ({ isReadonly, parameter, type }) =>
            new AST.IndexSignature(parameter, resolved(type), isReadonly)
        ),
        ast.annotations
      )
    case "TupleType":
      return new AST.TupleType(
        ast.elements.map(
          ({ annotations, isOptional, type }) =>
            new AST.OptionalType(resolved(type), isOptional, annotations)
        ),
        ast.rest.map(({ annotations, type }) => new AST.Type(resolved(type), annotations)),
        ast.isReadonly,
        ast.annotations
      )
    case "Union":
      return AST.Union.make(ast.types.map(resolved), ast.annotations)
    default:
      return ast
  }
}

/** The schema document. */
export const make = (): JsonObject => {
  const made: unknown = JSONSchema.make(Schema.make(resolved(Config.ast)))
  const root = isObject(made) ? made : {}
  const definitions = isObject(root.$defs) ? root.$defs : {}
  const adapted = adapt({ $ref: root.$ref }, "", definitions)
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "clawdbot.json",
    description:
      "The config of clawdbot. Comments and trailing commas are welcome: the file is JSON5.",
    ...(isObject(adapted) ? adapted : {}),
    allowComments: true,
    allowTrailingCommas: true
  }
}
