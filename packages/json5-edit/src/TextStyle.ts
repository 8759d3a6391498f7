/**
 * How a document is written — newlines, indentation, quotes, commas — and values written in that
 * hand.
 */

import { isList, isObject } from "./JsonValue.ts"
import type { KeyPath } from "./KeyPath.ts"
import { type Container, container, type SyntaxTree, skipTrivia } from "./SyntaxTree.ts"

/** The hand a document is written in. */
export interface TextStyle {
  readonly newline: "\n" | "\r\n" | "\r"
  /** One step of indentation. */
  readonly unit: string
  /** Whether keys that need no quotes stand without them. */
  readonly bareKeys: boolean
  readonly quote: '"' | "'"
  /** Whether the document has more than one line. */
  readonly multiline: boolean
  /** Whether the last entry of something on several lines is followed by a comma. */
  readonly trailingComma: boolean
}

/** How a new document is written: as strict JSON with two spaces. */
export const standard: TextStyle = {
  newline: "\n",
  unit: "  ",
  bareKeys: false,
  quote: '"',
  multiline: true,
  trailingComma: false
}

const lineBreak = /\r\n|[\n\r]/
const lineBreaks = /\r\n|[\n\r]/g

/** Whether a text has more than one line. */
export const hasBreak = (text: string): boolean => lineBreak.test(text)

/** Where the line that holds an offset starts. */
export const lineStart = (text: string, offset: number): number => {
  if (offset === 0) return 0
  return Math.max(text.lastIndexOf("\n", offset - 1), text.lastIndexOf("\r", offset - 1)) + 1
}

/** The blanks at the start of the line that holds an offset. */
export const indentOf = (text: string, offset: number): string => {
  const start = lineStart(text, offset)
  return /^[ \t]*/.exec(text.slice(start, offset))?.[0] ?? ""
}

/** Whether entries of a container stand on lines of their own. */
export const isMultiline = (text: string, inside: Container): boolean => {
  const last = inside.entries.at(-1)
  return hasBreak(text.slice(inside.start, last === undefined ? inside.end : last.start))
}

const firstQuote = (text: string, tree: SyntaxTree): '"' | "'" | undefined => {
  const visit = (node: SyntaxTree["root"]): '"' | "'" | undefined => {
    const mark = text[node.start]
    if (mark === '"' || mark === "'") return mark
    for (const entry of container(node)?.entries ?? []) {
      const found = visit(entry.value)
      if (found !== undefined) return found
    }
    return undefined
  }
  return visit(tree.root)
}

const newlineOf = (text: string): TextStyle["newline"] => {
  const first = lineBreak.exec(text)?.[0]
  if (first === "\r\n" || first === "\r") return first
  return "\n"
}

/** The hand of a document. */
export const detect = (text: string, tree: SyntaxTree): TextStyle => {
  const root = container(tree.root)
  const first = root?.entries[0]
  const last = root?.entries.at(-1)
  const keyMark = first?.key === undefined ? undefined : text[first.key.start]
  const keyQuote = keyMark === '"' || keyMark === "'" ? keyMark : undefined
  const ownLine =
    first !== undefined && root !== undefined && hasBreak(text.slice(root.start, first.start))
  const unit = ownLine ? indentOf(text, first.start).slice(indentOf(text, root.start).length) : ""
  return {
    newline: newlineOf(text),
    unit: unit === "" ? "  " : unit,
    bareKeys: first !== undefined && keyQuote === undefined,
    quote: firstQuote(text, tree) ?? keyQuote ?? '"',
    multiline: first === undefined || hasBreak(text.slice(tree.root.start, tree.root.end)),
    trailingComma: ownLine && last !== undefined && text[skipTrivia(text, last.end)] === ","
  }
}

const escaped = (text: string): string =>
  JSON.stringify(text).replace(/[\u2028\u2029]/g, (mark) =>
    mark === "\u2028" ? "\\u2028" : "\\u2029"
  )

const quoted = (text: string, quote: '"' | "'"): string => {
  const double = escaped(text)
  if (quote === '"') return double
  const inner = double.slice(1, -1).replace(/\\(.)|'/g, (found, mark) => {
    if (found === "'") return "\\'"
    if (mark === '"') return '"'
    return found
  })
  return `'${inner}'`
}

/** A key in the hand of the document. */
export const renderKey = (key: string, style: TextStyle): string => {
  if (style.bareKeys && /^[A-Za-z_$][A-Za-z0-9_$]*$/.test(key)) return key
  return quoted(key, style.quote)
}

/** Text of the original document that goes with a value to its new place. */
export interface Carried {
  /** Comments above the entry. */
  readonly lead: ReadonlyArray<string>
  /** The value as it was written, when it is unchanged, already without its old indentation. */
  readonly value: string | undefined
  /** Comments behind the entry, on its line. */
  readonly trail: ReadonlyArray<string>
}

/** Gives what is carried along for the value at a path of the new document. */
export type Carry = (path: KeyPath, value: unknown) => Carried | undefined

/** No text to carry. */
export const carryNothing: Carry = () => undefined

/** Where and how a value is written. */
export interface Layout {
  readonly style: TextStyle
  /** The indentation of the line the value starts on. */
  readonly indent: string
  readonly multiline: boolean
  readonly path: KeyPath
  readonly carry: Carry
}

/**
 * A text of several lines with another indentation; a text with line continuations stays as it is.
 */
const indented = (text: string, layout: Layout): string => {
  if (/\\[\n\r]/.test(text)) return text
  return text.replace(lineBreaks, (line, at: number) =>
    // Not before the next line break: an empty line stays empty.
    /[^\r\n]/.test(text.charAt(at + line.length)) ? `${line}${layout.indent}` : line
  )
}

/** A comment where no newline may follow it. */
const inline = (comment: string): string => {
  if (comment.startsWith("//")) return `/*${comment.slice(2).replaceAll("*/", "* /")} */`
  return comment
}

/**
 * An entry of an object or list: comments, key, value and, for the last one too when asked, its
 * comma.
 */
export const renderEntry = (
  key: string | undefined,
  value: unknown,
  layout: Layout,
  comma: boolean
): string => {
  const carried = layout.carry(layout.path, value)
  const body =
    carried?.value === undefined ? render(value, layout) : indented(carried.value, layout)
  const name = key === undefined ? "" : `${renderKey(key, layout.style)}: `
  const between = layout.multiline ? `${layout.style.newline}${layout.indent}` : " "
  const fit = (comment: string): string => {
    if (layout.multiline) return indented(comment, layout)
    return inline(comment)
  }
  const lead = (carried?.lead ?? []).map((comment) => `${fit(comment)}${between}`).join("")
  const trail = (carried?.trail ?? []).map((comment) => ` ${fit(comment)}`).join("")
  return `${lead}${name}${body}${comma ? "," : ""}${trail}`
}

/** A value in the hand of the document. */
export const render = (value: unknown, layout: Layout): string => {
  const { style } = layout
  const list = isList(value)
  if (list || isObject(value)) {
    const entries: ReadonlyArray<readonly [string | number, unknown]> = list
      ? [...value.entries()]
      : Object.entries(value)
    if (entries.length === 0) {
      if (list) return "[]"
      return "{}"
    }
    const inner = layout.multiline ? `${layout.indent}${style.unit}` : layout.indent
    const parts = entries.map(([step, item], index) =>
      renderEntry(
        list ? undefined : String(step),
        item,
        { ...layout, indent: inner, path: [...layout.path, step] },
        index < entries.length - 1 || (layout.multiline && style.trailingComma)
      )
    )
    const [open, close] = list ? "[]" : "{}"
    if (!layout.multiline) {
      if (list) return `[${parts.join(" ")}]`
      return `{ ${parts.join(" ")} }`
    }
    const lines = parts.map((part) => `${style.newline}${inner}${part}`).join("")
    return `${open}${lines}${style.newline}${layout.indent}${close}`
  }
  if (typeof value === "string") return quoted(value, style.quote)
  if (Object.is(value, -0)) return "-0"
  return String(value)
}
