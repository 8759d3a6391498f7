/**
 * Reading JSON that somebody else may have written: bounded in depth, and what is wrong is told by
 * its place, never by its words, which may be a secret. Pure.
 */
import * as Either from "effect/Either"
import * as Nesting from "./Nesting.ts"
import { placeAt } from "./TextPlace.ts"

/** Why a text is not JSON, and where; lines and columns count from 1. */
export interface JsonFault {
  readonly _tag: "JsonFault"
  readonly problem: string
  readonly line: number
  readonly column: number
}

const _tag = "JsonFault" as const

const string = /("(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")/
const literal = /(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)/
const token = new RegExp(`[ \\t\\n\\r]*(?:${string.source}|${literal.source}|([{}[\\],:]))`, "y")

type Expected = "a value" | "a value or ]" | "a key" | "a key or }" | ":" | ", or the end"

/**
 * What a piece of JSON leads to where `expected` is expected; undefined where it does not belong.
 */
const step = (expected: Expected, piece: string, open: Array<"{" | "[">): Expected | undefined => {
  const takesValue = expected === "a value" || expected === "a value or ]"
  const takesKey = expected === "a key" || expected === "a key or }"
  switch (piece) {
    case "{":
    case "[":
      if (!takesValue) return undefined
      open.push(piece)
      if (piece === "{") return "a key or }"
      return "a value or ]"
    case "}":
    case "]": {
      const closes = expected === ", or the end" || expected.endsWith(piece)
      if (closes && open.pop() === (piece === "}" ? "{" : "[")) return ", or the end"
      return undefined
    }
    case ",":
      if (expected !== ", or the end" || open.length === 0) return undefined
      if (open.at(-1) === "{") return "a key"
      return "a value"
    case ":":
      if (expected === ":") return "a value"
      return undefined
    default:
      if (takesKey) {
        if (piece.startsWith(`"`)) return ":"
        return undefined
      }
      if (takesValue) return ", or the end"
      return undefined
  }
}

/** The offset from which on a text is no JSON. The engine names it only for some of the faults. */
const brokenFrom = (text: string): number => {
  const open: Array<"{" | "["> = []
  let expected: Expected = "a value"
  token.lastIndex = 0
  for (;;) {
    const begin = token.lastIndex
    const [whole = "", ...pieces] = token.exec(text) ?? []
    const piece = pieces.find((found) => found !== undefined)
    const next: Expected | undefined = piece === undefined ? undefined : step(expected, piece, open)
    if (piece === undefined || next === undefined) {
      const blank = /[^ \t\n\r]/g
      blank.lastIndex = begin
      return blank.exec(text)?.index ?? text.length
    }
    expected = next
    token.lastIndex = begin + whole.length
  }
}

/** What is wrong with a text that the engine refused, and where. */
const fault = (text: string): JsonFault => {
  if (text.trim() === "") return { _tag, problem: "the file is empty", line: 1, column: 1 }
  const { column, line, offset } = placeAt(text, brokenFrom(text))
  const problem =
    offset >= text.length ? "the text ends too early" : "it is not valid JSON from here on"
  return { _tag, problem, line, column }
}

/** A JSON text as its value. */
export const parse = (text: string): Either.Either<unknown, JsonFault> => {
  const deep = Nesting.tooDeep(text)
  if (deep !== undefined)
    return Either.left({ _tag, problem: Nesting.problem, line: deep.line, column: deep.column })
  return Either.try({ try: (): unknown => JSON.parse(text), catch: () => fault(text) })
}
