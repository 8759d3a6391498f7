/**
 * Where the pieces of a JSON5 text stand. `acorn` gives the offsets (JSON5 is a part of
 * ECMAScript's expressions); values and validity are `json5`'s alone, so a text comes here only
 * after `json5` accepted it.
 */
import {
  type Node as AcornNode,
  type Expression,
  type Property,
  parseExpressionAt,
  type SpreadElement
} from "acorn"
import * as Either from "effect/Either"
import { position } from "./JsonValue.ts"
import type { KeyPath } from "./KeyPath.ts"

/** A stretch of the text: offsets in UTF-16 units, the end not included. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** An entry of an object or a list. `key` is undefined in a list. */
export interface Entry extends Span {
  readonly name: string | undefined
  readonly key: Span | undefined
  readonly value: Expression
}

/** An object or a list with its entries. */
export interface Container extends Span {
  readonly type: "object" | "list"
  readonly entries: ReadonlyArray<Entry>
}

/** A comment, with its marks. */
export interface Comment extends Span {
  readonly text: string
}

/** The tree of one text. */
export interface SyntaxTree {
  readonly root: Expression
  readonly comments: ReadonlyArray<Comment>
}

/**
 * The tree of a valid JSON5 text. Left: a reason why offsets cannot be told, such as a key
 * `__proto__` that stands twice.
 */
export const parse = (text: string): Either.Either<SyntaxTree, string> => {
  const comments: Array<Comment> = []
  return Either.try({
    try: () => ({
      root: parseExpressionAt(text, 0, {
        ecmaVersion: "latest",
        onComment: (_block, _text, start, end) => {
          comments.push({ start, end, text: text.slice(start, end) })
        }
      }),
      comments
    }),
    catch: () => "the document cannot be edited in place (a key such as __proto__ is there twice)"
  })
}

const nameOf = (property: Property): string => {
  const key: AcornNode & { readonly name?: unknown; readonly value?: unknown } = property.key
  return String(key.type === "Identifier" ? key.name : key.value)
}

const isProperty = (node: Property | SpreadElement): node is Property => node.type === "Property"

/** A node as a container, or `undefined` for a scalar. */
export const container = (node: Expression): Container | undefined => {
  if (node.type === "ObjectExpression") {
    return {
      type: "object",
      start: node.start,
      end: node.end,
      entries: node.properties.filter(isProperty).map((property) => ({
        start: property.start,
        end: property.end,
        name: nameOf(property),
        key: property.key,
        value: property.value
      }))
    }
  }
  if (node.type === "ArrayExpression") {
    return {
      type: "list",
      start: node.start,
      end: node.end,
      entries: node.elements.flatMap((element) => {
        if (element === null || element.type === "SpreadElement") return []
        return [
          {
            start: element.start,
            end: element.end,
            name: undefined,
            key: undefined,
            value: element
          }
        ]
      })
    }
  }
  return undefined
}

/** The entry at one step; of keys that stand twice the last one is in force. */
export const entryAt = (inside: Container, step: string | number): Entry | undefined => {
  if (inside.type === "object")
    return inside.entries.findLast((entry) => entry.name === String(step))
  const at = position(step)
  if (at === undefined) return undefined
  return inside.entries[at]
}

/**
 * How far a path leads: the deepest node that exists, the entry it is the value of, and the steps
 * that are left.
 */
export interface Found {
  readonly node: Expression
  readonly entry: Entry | undefined
  readonly rest: KeyPath
}

/** Follows a path as far as there is something. */
export const follow = (tree: SyntaxTree, path: KeyPath): Found => {
  let node = tree.root
  let entry: Entry | undefined
  for (const [index, step] of path.entries()) {
    const inside = container(node)
    const next = inside === undefined ? undefined : entryAt(inside, step)
    if (next === undefined) return { node, entry, rest: path.slice(index) }
    node = next.value
    entry = next
  }
  return { node, entry, rest: [] }
}

/** The first offset at or after `from` that is neither blank nor part of a comment. */
export const skipTrivia = (text: string, from: number): number => {
  let at = from
  while (at < text.length) {
    if (/\s/.test(text[at] ?? "")) at++
    else if (text.startsWith("//", at)) {
      const end = text.slice(at).search(/[\n\r\u2028\u2029]/)
      at = end < 0 ? text.length : at + end
    } else if (text.startsWith("/*", at)) {
      const end = text.indexOf("*/", at + 2)
      at = end < 0 ? text.length : end + 2
    } else return at
  }
  return at
}
