/**
 * Where the pieces of a JSON5 text stand: offsets alone. Values and validity are `json5`'s, so a
 * text comes here only after `json5` accepted it.
 */
import JSON5 from "json5"
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
  readonly value: Node
}

/** An object or a list with its entries. */
export interface Container extends Span {
  readonly type: "object" | "list"
  readonly entries: ReadonlyArray<Entry>
}

/** A text, a number, `true`, `false` or `null`. */
export interface Scalar extends Span {
  readonly type: "scalar"
}

/** A value. */
export type Node = Container | Scalar

/** A comment, with its marks. */
export interface Comment extends Span {
  readonly text: string
}

/** The tree of one text. */
export interface SyntaxTree {
  readonly root: Node
  readonly comments: ReadonlyArray<Comment>
}

const blank = /\s+/y
const comment = /\/\/[^\n\r\u2028\u2029]*|\/\*[\s\S]*?\*\//y
const quoted = /"(?:[^"\\]+|\\[\s\S])*"|'(?:[^'\\]+|\\[\s\S])*'/y
/** A number, a word or a key without quotes. */
const word = /[^\s,:{}[\]/"']+/y

/** Goes over a valid text once. */
class Scanner {
  readonly comments: Array<Comment> = []
  private at = 0
  private readonly text: string

  constructor(text: string) {
    this.text = text
  }

  value(): Node {
    this.skipTrivia()
    switch (this.text[this.at]) {
      case "{":
        return this.container("object", "}")
      case "[":
        return this.container("list", "]")
      default:
        return { type: "scalar", ...this.scalar() }
    }
  }

  skipTrivia(): void {
    for (;;) {
      this.take(blank)
      const start = this.at
      if (!this.take(comment)) return
      this.comments.push({ start, end: this.at, text: this.text.slice(start, this.at) })
    }
  }

  private container(type: Container["type"], close: string): Container {
    const start = this.at
    const entries: Array<Entry> = []
    this.at += 1
    for (;;) {
      this.skipTrivia()
      const next = this.text[this.at]
      if (next === close || next === undefined) break
      if (next === ",") this.at += 1
      else entries.push(type === "object" ? this.property() : this.element())
    }
    this.at += 1
    return { type, start, end: this.at, entries }
  }

  private property(): Entry {
    const key = this.scalar()
    this.skipTrivia()
    // The colon.
    this.at += 1
    const value = this.value()
    const name = nameOf(this.text.slice(key.start, key.end))
    return { start: key.start, end: value.end, name, key, value }
  }

  private element(): Entry {
    const value = this.value()
    return { start: value.start, end: value.end, name: undefined, key: undefined, value }
  }

  private scalar(): Span {
    const start = this.at
    // Always forward, be it over a character that no valid text has here.
    if (!this.take(quoted) && !this.take(word)) this.at += 1
    return { start, end: this.at }
  }

  private take(pattern: RegExp): boolean {
    pattern.lastIndex = this.at
    if (!pattern.test(this.text)) return false
    this.at = pattern.lastIndex
    return true
  }
}

/** A key as it is meant: without its quotes, and without escapes. */
const nameOf = (key: string): string => {
  const isQuoted = key.startsWith('"') || key.startsWith("'")
  if (!key.includes("\\")) return isQuoted ? key.slice(1, -1) : key
  return Object.keys(JSON5.parse<object>(`{${key}:0}`))[0] ?? ""
}

/** The tree of a valid JSON5 text. */
export const parse = (text: string): SyntaxTree => {
  const scanner = new Scanner(text)
  const root = scanner.value()
  scanner.skipTrivia()
  const { comments } = scanner
  return { root, comments }
}

/** A node as a container, or `undefined` for a scalar. */
export const container = (node: Node): Container | undefined => {
  if (node.type === "scalar") return undefined
  return node
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
  readonly node: Node
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
