/**
 * Migrations written into the person's own text (decision D17): moved values keep the way they were
 * written, and no comment is lost. Comments above and behind a moved entry go with it; comments
 * inside a section that is dissolved stay where it was.
 */

import * as Json5Document from "@clawdbot/json5-edit/Json5Document"
import * as JsonValue from "@clawdbot/json5-edit/JsonValue"
import type { KeyPath } from "@clawdbot/json5-edit/KeyPath"
import * as KeyPaths from "@clawdbot/json5-edit/KeyPath"
import * as SyntaxTree from "@clawdbot/json5-edit/SyntaxTree"
import * as TextEdit from "@clawdbot/json5-edit/TextEdit"
import * as TextStyle from "@clawdbot/json5-edit/TextStyle"
import * as Either from "effect/Either"
import { ifDefined } from "../Document/defined.ts"
import { textIf } from "../Text/textIf.ts"
import * as Migration from "./Migration.ts"

/** The comments that belong to an entry: above it, and behind it on its line. */
const around = (
  text: string,
  made: SyntaxTree.SyntaxTree,
  inside: SyntaxTree.Container,
  entry: SyntaxTree.Entry
): {
  readonly lead: ReadonlyArray<SyntaxTree.Comment>
  readonly trail: ReadonlyArray<SyntaxTree.Comment>
} => {
  const tailOf = (one: SyntaxTree.Entry): number => {
    const comma = SyntaxTree.skipTrivia(text, one.end)
    return TextEdit.sameLineComments(text, text[comma] === "," ? comma + 1 : one.end)
  }
  const previous = inside.entries[inside.entries.indexOf(entry) - 1]
  const from = ifDefined(previous, tailOf) ?? inside.start
  const until = tailOf(entry)
  return {
    lead: made.comments.filter((comment) => comment.start >= from && comment.end <= entry.start),
    trail: made.comments.filter((comment) => comment.start >= entry.end && comment.end <= until)
  }
}

/** A stretch of the text without the indentation of the line it starts on. */
const dedented = (text: string, span: SyntaxTree.Span): string => {
  const indent = TextStyle.indentOf(text, span.start)
  const piece = text.slice(span.start, span.end)
  if (indent === "" || /\\\r?\n/.test(piece)) return piece
  return piece.replaceAll(`\n${indent}`, "\n")
}

/**
 * What goes along from the old place of every moved value; the comments of one entry go along once.
 */
const carryFrom = (
  document: Json5Document.Json5Document,
  made: SyntaxTree.SyntaxTree,
  migrated: Migration.Migrated
): TextStyle.Carry => {
  const taken = new Set<string>()
  return (path, value) => {
    const from = Migration.origin(migrated, path)
    const name = JSON.stringify(from)
    if (name === JSON.stringify(path)) return undefined
    const found = Json5Document.removal(made, from)
    if (found === undefined) return undefined
    const { lead, trail } = taken.has(name)
      ? { lead: [], trail: [] }
      : around(document.text, made, found.inside, found.entry)
    taken.add(name)
    return {
      lead: lead.map((comment) => dedented(document.text, comment)),
      value: JsonValue.equals(JsonValue.get(document.value, from), value)
        ? dedented(document.text, found.entry.value)
        : undefined,
      trail: trail.map(({ text }) => text)
    }
  }
}

/** What a comment says, apart from how it is marked: on one line its marks become others. */
const words = (comment: string): string =>
  comment
    .replace(/^\/[/*]|\*\/$/g, "")
    .replace(/\s+/g, " ")
    .trim()

const count = (comments: ReadonlyArray<SyntaxTree.Comment>, text: string): number =>
  comments.filter((comment) => words(comment.text) === words(text)).length

type Result = Either.Either<Json5Document.Json5Document, Json5Document.EditFault>

const reparsed = (text: string, path: KeyPath): Result =>
  Either.mapLeft(Json5Document.parse(text), () => ({
    path,
    problem: "the changed text would not be valid JSON5"
  }))

/** Removes an entry whose comments may stand elsewhere by now: those go, the others stay. */
const remove = (
  current: Json5Document.Json5Document,
  path: KeyPath,
  before: ReadonlyArray<SyntaxTree.Comment>
): Result => {
  const made = Json5Document.tree(current)
  const target = Json5Document.removal(made, path)
  if (target === undefined) return Json5Document.unset(current, path)
  const { lead, trail } = around(current.text, made, target.inside, target.entry)
  const moved = [...lead, ...trail].filter(
    ({ text }) => count(before, text) > 0 && count(made.comments, text) > count(before, text)
  )
  if (moved.length > 0) {
    const splices = moved.map(({ start, end }) => ({
      ...TextEdit.lineSpan(current.text, start, end),
      text: ""
    }))
    return Either.flatMap(reparsed(TextEdit.splice(current.text, splices), path), (next) =>
      remove(next, path, before)
    )
  }
  const within = (comment: SyntaxTree.Comment): boolean =>
    comment.start >= target.entry.start && comment.end <= target.entry.end
  const outside = made.comments.filter((comment) => !within(comment))
  const left = made.comments.filter(
    (comment) => within(comment) && count(outside, comment.text) < count(before, comment.text)
  )
  if (left.length === 0) return Json5Document.unset(current, path)
  const indent = TextStyle.indentOf(current.text, target.entry.start)
  const { newline } = TextStyle.detect(current.text, made)
  const comma = SyntaxTree.skipTrivia(current.text, target.entry.end)
  const end = current.text[comma] === "," ? comma + 1 : target.entry.end
  // What follows on the line must not become part of a comment that used to end elsewhere.
  const closed = textIf(!/^[ \t]*(?:\r?\n|$)/.test(current.text.slice(end)), `${newline}${indent}`)
  const replacement = `${left.map(({ text }) => text).join(`${newline}${indent}`)}${closed}`
  return reparsed(
    TextEdit.splice(
      current.text,
      TextEdit.removeEntry(current.text, target.inside, target.entry, replacement)
    ),
    path
  )
}

/** The text of a document with its migrations written down. */
export const persist = (
  document: Json5Document.Json5Document,
  migrated: Migration.Migrated
): Result => {
  const edits = Json5Document.difference(document.value, migrated.value)
  const plain = () => Json5Document.apply(document, edits)
  if (edits.length === 0) return plain()
  const made = Json5Document.tree(document)
  const carry = carryFrom(document, made, migrated)
  const careful = edits.reduce<Result>(
    (result, edit) =>
      Either.flatMap(result, (current) => {
        if (edit._tag === "Set") return Json5Document.set(current, edit.path, edit.value, carry)
        return remove(current, edit.path, made.comments)
      }),
    Either.right(document)
  )
  return Either.orElse(
    Either.filterOrLeft(
      careful,
      (next) => JsonValue.equals(next.value, migrated.value),
      () => ({
        path: [],
        problem: `the migrated text would not have the requested values (${KeyPaths.render([])})`
      })
    ),
    plain
  )
}
