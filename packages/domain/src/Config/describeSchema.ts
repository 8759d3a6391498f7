/** What a schema expects and what a value is, in words for people who never saw a schema. */

import { isList, isObject, kind } from "@clawdbot/json5-edit/JsonValue"
import * as Option from "effect/Option"
import * as SchemaAST from "effect/SchemaAST"
import { textIf } from "../Text/textIf.ts"

/** An expectation: `must be <words>`, and a right value to copy. */
export interface Expectation {
  readonly words: string
  readonly example: string
}

/** The constraints of a number, gathered from a chain of refinements. */
const constraints = (ast: SchemaAST.AST): Readonly<Record<string, unknown>> => {
  if (ast._tag !== "Refinement") return {}
  const own: unknown = Option.getOrElse(SchemaAST.getJSONSchemaAnnotation(ast), () => ({}))
  const below = constraints(ast.from)
  return isObject(own) ? { ...below, ...own } : below
}

const base = (ast: SchemaAST.AST): SchemaAST.AST => {
  if (ast._tag === "Refinement" || ast._tag === "Transformation") return base(ast.from)
  return ast
}

const numeric = (ast: SchemaAST.AST): Expectation => {
  const { type, minimum, maximum, exclusiveMinimum } = constraints(ast)
  const whole = type === "integer" ? "a whole number" : "a number"
  if (typeof minimum === "number" && typeof maximum === "number") {
    const example = Math.min(Math.max(minimum, 18_789), maximum)
    return { words: `${whole} from ${minimum} to ${maximum}`, example: String(example) }
  }
  if (typeof exclusiveMinimum === "number") {
    return {
      words: `${whole} greater than ${exclusiveMinimum}`,
      example: String(exclusiveMinimum + 5)
    }
  }
  if (typeof minimum === "number")
    return { words: `${whole}, ${minimum} or more`, example: String(minimum + 30) }
  return { words: whole, example: "5" }
}

const join = (words: ReadonlyArray<string>): string => {
  if (words.length < 3) return words.join(" or ")
  return `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`
}

/** What a schema expects, of the value as it stands in a file. */
export const expectation = (ast: SchemaAST.AST): Expectation => {
  const inner = base(ast)
  switch (inner._tag) {
    case "StringKeyword":
      if (ast._tag === "Refinement")
        return { words: "a non-empty string without spaces around it", example: '"name"' }
      return { words: "a string", example: '"text"' }
    case "NumberKeyword":
      return numeric(ast)
    case "BooleanKeyword":
      return { words: "true or false", example: "true" }
    case "Literal":
      return { words: JSON.stringify(inner.literal), example: JSON.stringify(inner.literal) }
    case "TupleType": {
      const item = inner.rest[0] === undefined ? undefined : expectation(inner.rest[0].type)
      return { words: "a list", example: item === undefined ? "[]" : `[${item.example}]` }
    }
    case "TypeLiteral": {
      const first = inner.propertySignatures[0]
      const example =
        first === undefined ? "{}" : `{ ${String(first.name)}: ${expectation(first.type).example} }`
      return { words: "an object", example }
    }
    case "Union": {
      const types = inner.types.filter((type) => type._tag !== "UndefinedKeyword")
      const all = types.map(expectation)
      const words = join([...new Set(all.map((one) => one.words))])
      const literals = types.length > 1 && types.every((type) => type._tag === "Literal")
      return { words: literals ? `one of ${words}` : words, example: all[0]?.example ?? "null" }
    }
    case "Suspend":
      return expectation(inner.f())
    default:
      return { words: "another value", example: "null" }
  }
}

const kindWords: Readonly<Record<string, Expectation>> = {
  string: { words: "a string", example: '"text"' },
  number: { words: "a number", example: "5" },
  integer: { words: "a whole number", example: "5" },
  boolean: { words: "true or false", example: "true" },
  object: { words: "an object", example: "{}" },
  array: { words: "a list", example: "[]" }
}

/**
 * What the kinds of a known key expect, separated by `|`; anything that is no kind is the very word
 * that is allowed.
 */
export const kindsExpectation = (kinds: string): Expectation => {
  const all = kinds.split("|").map(
    (name) =>
      (Object.hasOwn(kindWords, name) ? kindWords[name] : undefined) ?? {
        words: JSON.stringify(name),
        example: JSON.stringify(name)
      }
  )
  return { words: join(all.map((one) => one.words)), example: all[0]?.example ?? "null" }
}

const maxLength = 40

/** A value as it may be shown in a message; `shown: false` for one that is or may be a secret. */
export const describe = (value: unknown, shown: boolean): string => {
  if (value === null || value === undefined || isList(value) || isObject(value) || !shown)
    return kind(value)
  if (typeof value !== "string")
    return `${textIf(typeof value !== "boolean", "the number ")}${String(value)}`
  if (value === "") return "an empty string"
  return (
    "the string " +
    `${JSON.stringify(value.length > maxLength ? `${value.slice(0, maxLength)}…` : value)}`
  )
}

/** A cure that uses the person's own value where only its form is wrong; otherwise the example. */
export const cure = (expected: Expectation, value: unknown, shown: boolean): string => {
  if (shown && typeof value === "string" && value.trim() !== "") {
    const bare = value.trim()
    if (/number/.test(expected.words) && Number.isFinite(Number(bare)))
      return `write ${bare} without quotes`
    if (expected.words === "true or false" && /^(true|false)$/.test(bare))
      return `write ${bare} without quotes`
    if (expected.words === "a list") return `write [${JSON.stringify(bare)}]`
  }
  if (shown && typeof value === "number" && expected.words.startsWith("a string"))
    return `write "${value}" with quotes`
  return `for example ${expected.example}`
}
