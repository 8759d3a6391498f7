/**
 * Reading JSON5. `json5` alone decides what is valid and what it means; plain JSON and most
 * hand-written JSON5 take a shorter way to the same value.
 */
import * as Either from "effect/Either"
import JSON5 from "json5"
import { toJson } from "./json5ToJson.ts"
import * as Nesting from "./Nesting.ts"

/** Why a text is not JSON5, and where; lines and columns count from 1. */
export interface SyntaxFault {
  readonly line: number
  readonly column: number
  readonly problem: string
  readonly cure?: string
}

/** Below this many characters the shorter way saves nothing worth having. */
const longText = 16_384

const shortWay = (text: string): Either.Either<unknown, unknown> =>
  Either.orElse(
    Either.try((): unknown => JSON.parse(text)),
    () => {
      const json = text.length < longText ? undefined : toJson(text)
      if (json === undefined) return Either.left(undefined)
      return Either.try((): unknown => JSON.parse(json))
    }
  )

const lineOf = (text: string, line: number): string => text.split(/\r\n|\n/)[line - 1] ?? ""

const numberField = (error: unknown, field: "lineNumber" | "columnNumber"): number => {
  const value: unknown =
    typeof error === "object" && error !== null ? Reflect.get(error, field) : undefined
  if (typeof value === "number" && value > 0) return value
  return 1
}

/**
 * The last character before a place that is neither blank nor in a comment on a line of its own.
 */
const before = (text: string, line: number, column: number): string => {
  const lines = text.split(/\r\n|\n/).slice(0, line)
  const last = lines.pop() ?? ""
  const head = [...lines, last.slice(0, column - 1)]
    .map((entry) => entry.replace(/\/\/.*$/, ""))
    .join("\n")
  return head
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .trimEnd()
    .slice(-1)
}

const explain = (
  text: string,
  line: number,
  column: number,
  message: string
): Omit<SyntaxFault, "line" | "column"> => {
  if (text.trim() === "")
    return { problem: "the file is empty", cure: "write {} into it, or remove it" }
  if (message.includes("invalid end of input")) {
    return {
      problem: "the text ends too early",
      cure: "look for a bracket, a brace, a quote or a comment that is not closed"
    }
  }
  const found = lineOf(text, line)[column - 1]
  const previous = before(text, line, column)
  const startsEntry = found !== undefined && /["'\p{L}\d_$[{]/u.test(found)
  if (startsEntry && /["'\p{L}\d\]}]/u.test(previous)) {
    return {
      problem: "a comma is missing before this",
      cure: "put a comma after the entry before it"
    }
  }
  if (found === "}" && previous === ":")
    return { problem: "a value is missing before this }", cure: "write a value after the colon" }
  if (found === ",")
    return {
      problem: "there is an extra comma here",
      cure: "remove it, or write the entry it separates"
    }
  const what = found === undefined ? "the end of the line" : JSON.stringify(found)
  return {
    problem: `${what} does not belong here`,
    cure: "look at the brackets, quotes and commas just before it"
  }
}

/** A JSON5 text as its value. */
export const parse = (text: string): Either.Either<unknown, SyntaxFault> => {
  const deep = Nesting.tooDeep(text)
  if (deep !== undefined) {
    const { column, line } = deep
    return Either.left({ line, column, problem: Nesting.problem, cure: Nesting.cure })
  }
  const short = shortWay(text)
  if (Either.isRight(short)) return Either.right(short.right)
  return Either.mapLeft(
    Either.try((): unknown => JSON5.parse(text)),
    (error) => {
      const line = numberField(error, "lineNumber")
      const column = numberField(error, "columnNumber")
      return {
        line,
        column,
        ...explain(text, line, column, error instanceof Error ? error.message : "")
      }
    }
  )
}
