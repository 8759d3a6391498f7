/**
 * A JSON5 text with lossless edits: an edit changes the bytes of the value it is
 * about and nothing else. Every edited text is read again and compared with the value that was
 * wanted; a text that would mean anything else is refused, never given out.
 */
import * as Either from "effect/Either"
import * as Json5 from "./Json5.ts"
import * as JsonValue from "./JsonValue.ts"
import type { KeyPath } from "./KeyPath.ts"
import * as KeyPaths from "./KeyPath.ts"
import * as SyntaxTree from "./SyntaxTree.ts"
import * as TextEdit from "./TextEdit.ts"
import { placeAt, type TextPlace } from "./TextPlace.ts"
import * as TextStyle from "./TextStyle.ts"

/** A valid document: its text and what the text means. */
export interface Json5Document {
  readonly text: string
  readonly value: unknown
}

/** One change of a document: a value put at a path, or what stands at a path removed. */
export type Edit =
  | { readonly _tag: "Set"; readonly path: KeyPath; readonly value: unknown }
  | { readonly _tag: "Unset"; readonly path: KeyPath }

/** Why an edit was not made. */
export interface EditFault {
  readonly path: KeyPath
  readonly problem: string
}

/** A document that says nothing, as it is written into a new file. */
export const empty: Json5Document = { text: "{}\n", value: {} }

/** A text as a document. */
export const parse = (text: string): Either.Either<Json5Document, Json5.SyntaxFault> =>
  Either.map(Json5.parse(text), (value) => ({ text, value }))

/** The same, where a missing file or one with nothing in it means a new document. */
export const parseOrNew = (
  text: string | undefined
): Either.Either<Json5Document, Json5.SyntaxFault> => {
  if (text === undefined || text.trim() === "") return Either.right(empty)
  return parse(text)
}

const trees = new WeakMap<Json5Document, SyntaxTree.SyntaxTree>()

/** The document's syntax tree, made when it is first asked for. */
export const tree = (document: Json5Document): SyntaxTree.SyntaxTree => {
  const known = trees.get(document)
  if (known !== undefined) return known
  const made = SyntaxTree.parse(document.text)
  trees.set(document, made)
  return made
}

/** Where the value at a path stands, and its key when it has one. */
export interface Position {
  readonly value: TextPlace
  readonly key: TextPlace | undefined
  /** Whether the path exists; otherwise this is the place of its deepest parent that does. */
  readonly exact: boolean
}

/** The place of a path, or of the deepest parent that exists. */
export const position = (document: Json5Document, path: KeyPath): Position => {
  const found = SyntaxTree.follow(tree(document), path)
  const place = (offset: number): TextPlace => placeAt(document.text, offset)
  return {
    value: place(found.node.start),
    key: found.entry?.key === undefined ? undefined : place(found.entry.key.start),
    exact: found.rest.length === 0
  }
}

const fault = (path: KeyPath, problem: string) => Either.left<EditFault>({ path, problem })

/** Reads an edited text again; it must mean what was wanted. */
const confirm = (
  text: string,
  wanted: unknown,
  path: KeyPath
): Either.Either<Json5Document, EditFault> =>
  Either.match(parse(text), {
    onLeft: ({ problem }) => fault(path, `the changed text would not be valid: ${problem}`),
    onRight: (document) => {
      if (JsonValue.equals(document.value, wanted)) return Either.right(document)
      return fault(path, "the changed text would not have the requested value")
    }
  })

const pathConflict = (document: Json5Document, path: KeyPath): EditFault => {
  const at = path.findIndex((step, index) => {
    const parent = JsonValue.get(document.value, path.slice(0, index))
    if (parent === undefined || JsonValue.isObject(parent)) return false
    const wanted = JsonValue.position(step)
    return !JsonValue.isList(parent) || wanted === undefined || wanted > parent.length
  })
  const parent = JsonValue.get(document.value, path.slice(0, Math.max(at, 0)))
  const name = KeyPaths.render(path.slice(0, Math.max(at, 0)))
  return {
    path,
    problem: JsonValue.isList(parent)
      ? `${name} is a list of ${parent.length}; "${path[at]}" is not an index in it or its end`
      : `${name} is ${JsonValue.kind(parent)}, so it cannot contain anything`
  }
}

/**
 * The document with a value at a path; missing parents are made. `carry` brings comments and text
 * along from elsewhere.
 */
export const set = (
  document: Json5Document,
  path: KeyPath,
  value: unknown,
  carry: TextStyle.Carry = TextStyle.carryNothing
): Either.Either<Json5Document, EditFault> => {
  if (!JsonValue.isWritable(value)) return fault(path, "the value is not plain JSON")
  if (
    JsonValue.has(document.value, path) &&
    JsonValue.equals(JsonValue.get(document.value, path), value)
  ) {
    return Either.right(document)
  }
  const wanted = JsonValue.set(document.value, path, value)
  if (wanted === undefined) return Either.left(pathConflict(document, path))
  const { text } = document
  const splices = setSplices(text, tree(document), path, value, carry)
  return confirm(TextEdit.splice(text, splices), wanted, path)
}

const setSplices = (
  text: string,
  made: SyntaxTree.SyntaxTree,
  path: KeyPath,
  value: unknown,
  carry: TextStyle.Carry
): ReadonlyArray<TextEdit.Splice> => {
  const found = SyntaxTree.follow(made, path)
  const style = TextStyle.detect(text, made)
  const inside = SyntaxTree.container(found.node)
  const [step, ...deeper] = found.rest
  if (step === undefined || inside === undefined) {
    const multiline =
      inside !== undefined && inside.entries.length > 0
        ? TextStyle.isMultiline(text, inside)
        : parentIsMultiline(text, made, path, style)
    const indent = TextStyle.indentOf(text, found.entry?.start ?? found.node.start)
    const rendered = TextStyle.render(value, { style, indent, multiline, path, carry })
    return [{ start: found.node.start, end: found.node.end, text: rendered }]
  }
  const at = path.slice(0, path.length - deeper.length)
  const multiline =
    inside.entries.length > 0 ? TextStyle.isMultiline(text, inside) : style.multiline
  const layout = { style, indent: "", multiline, path: at, carry }
  const key = inside.type === "object" ? String(step) : undefined
  return TextEdit.insertEntry(text, inside, key, JsonValue.wrap(deeper, value), layout)
}

const parentIsMultiline = (
  text: string,
  made: SyntaxTree.SyntaxTree,
  path: KeyPath,
  style: TextStyle.TextStyle
): boolean => {
  if (path.length === 0) return style.multiline
  const parent = SyntaxTree.container(SyntaxTree.follow(made, path.slice(0, -1)).node)
  if (parent === undefined) return style.multiline
  return TextStyle.isMultiline(text, parent)
}

/**
 * The document without what stands at a path (all of it, where a key stands twice); the same
 * document when nothing does.
 */
export const unset = (
  document: Json5Document,
  path: KeyPath
): Either.Either<Json5Document, EditFault> => {
  if (path.length === 0) return fault(path, "the document itself cannot be removed")
  if (!JsonValue.has(document.value, path)) return Either.right(document)
  const wanted = JsonValue.unset(document.value, path)
  let text = document.text
  for (;;) {
    const target = removal(SyntaxTree.parse(text), path)
    if (target === undefined) return confirm(text, wanted, path)
    text = TextEdit.splice(text, TextEdit.removeEntry(text, target.inside, target.entry))
    // A position of a list stands for one entry only; the one behind it has moved there.
    if (target.inside.type === "list") return confirm(text, wanted, path)
  }
}

/** Whether an object stands at a path that has neither an entry nor a comment in it. */
export const isEmptyObject = (document: Json5Document, path: KeyPath): boolean => {
  const made = tree(document)
  const { node, rest } = SyntaxTree.follow(made, path)
  if (rest.length > 0 || node.type !== "object" || node.entries.length > 0) return false
  return !made.comments.some(({ end, start }) => node.start < start && end < node.end)
}

/** The entry at a path with the container that holds it. */
export const removal = (
  made: SyntaxTree.SyntaxTree,
  path: KeyPath
): { readonly inside: SyntaxTree.Container; readonly entry: SyntaxTree.Entry } | undefined => {
  const step = path.at(-1)
  const parent = SyntaxTree.follow(made, path.slice(0, -1))
  const inside = parent.rest.length > 0 ? undefined : SyntaxTree.container(parent.node)
  const entry =
    step === undefined || inside === undefined ? undefined : SyntaxTree.entryAt(inside, step)
  if (inside === undefined || entry === undefined) return undefined
  return { inside, entry }
}

/** The document after several edits, one after the other. */
export const apply = (
  document: Json5Document,
  edits: ReadonlyArray<Edit>
): Either.Either<Json5Document, EditFault> =>
  edits.reduce<Either.Either<Json5Document, EditFault>>(
    (result, edit) =>
      Either.flatMap(result, (current) =>
        edit._tag === "Set" ? set(current, edit.path, edit.value) : unset(current, edit.path)
      ),
    Either.right(document)
  )

/**
 * The edits that turn one value into another, no more than needed: entries are set or removed where
 * they differ; lists are compared position by position. Removals come last, the highest list
 * positions first.
 */
export const difference = (
  before: unknown,
  after: unknown,
  path: KeyPath = []
): ReadonlyArray<Edit> => {
  if (JsonValue.equals(before, after)) return []
  if (JsonValue.isObject(before) && JsonValue.isObject(after)) {
    const sets = Object.keys(after).flatMap((key): ReadonlyArray<Edit> => {
      if (Object.hasOwn(before, key)) return difference(before[key], after[key], [...path, key])
      return [{ _tag: "Set", path: [...path, key], value: after[key] }]
    })
    const gone = Object.keys(before).filter((key) => !Object.hasOwn(after, key))
    return [...sets, ...gone.map((key): Edit => ({ _tag: "Unset", path: [...path, key] }))]
  }
  if (JsonValue.isList(before) && JsonValue.isList(after)) {
    const sets = after.flatMap((item, index): ReadonlyArray<Edit> => {
      if (index < before.length) return difference(before[index], item, [...path, index])
      return [{ _tag: "Set", path: [...path, index], value: item }]
    })
    const gone = before
      .slice(after.length)
      .map((_, index): Edit => ({ _tag: "Unset", path: [...path, after.length + index] }))
    return [...sets, ...gone.reverse()]
  }
  return [{ _tag: "Set", path, value: after }]
}
