/**
 * Configs as they may be shown: secrets are masked in values and in texts, everything else stands
 * as it is (decision D24).
 */

import * as Json5 from "@clawdbot/json5-edit/Json5"
import * as JsonValue from "@clawdbot/json5-edit/JsonValue"
import type { KeyPath } from "@clawdbot/json5-edit/KeyPath"
import * as SyntaxTree from "@clawdbot/json5-edit/SyntaxTree"
import * as TextEdit from "@clawdbot/json5-edit/TextEdit"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as Secret from "../Profile/Secret.ts"
import { isLineShown, isSecretPath, looksSecret } from "./secretKeys.ts"

/**
 * Whether the value at a path is a secret by its place. What `auth` holds are names, whatever a
 * profile is called.
 */
export const isHidden = (path: KeyPath): boolean => path[0] !== "auth" && isSecretPath(path)

const reference = /^\$\{[A-Z_][A-Z0-9_]*\}$/

/** The part of an address that logs somebody in. */
const userInfo = /(\b[a-z][a-z0-9+.-]*:\/\/)[^/\s@]+@/gi

const maskedText = (text: string, hidden: boolean): string => {
  if (reference.test(text)) return text
  if (hidden || looksSecret(text)) return Secret.mask(Redacted.make(text))
  return text.replace(userInfo, "$1***@")
}

const maskedKey = (key: string): string => {
  if (looksSecret(key)) return "<hidden>"
  return key
}

/**
 * A value with its secrets masked. `path` is where it stands; `alsoHidden` says which further
 * places are secret, such as those that a variable gave.
 */
export const maskValue = (
  value: unknown,
  path: KeyPath = [],
  alsoHidden: (path: KeyPath) => boolean = () => false
): unknown => {
  if (JsonValue.isList(value))
    return value.map((item, index) => maskValue(item, [...path, index], alsoHidden))
  if (JsonValue.isObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [
        maskedKey(key),
        maskValue(item, [...path, key], alsoHidden)
      ])
    )
  }
  if (typeof value === "string") return maskedText(value, isHidden(path) || alsoHidden(path))
  if (typeof value === "number" && (isHidden(path) || alsoHidden(path))) return "***"
  return value
}

/** A text that is no value, such as a comment: a line that may hold a secret is hidden. */
const maskedLines = (text: string): string =>
  text
    .split("\n")
    .map((line) =>
      isLineShown(line) ? line.replace(userInfo, "$1***@") : line.replace(/\S.*$/, "<hidden>")
    )
    .join("\n")

const newlinesOf = (text: string): string => text.replace(/[^\n]/g, "")

const splicesOf = (text: string, tree: SyntaxTree.SyntaxTree): ReadonlyArray<TextEdit.Splice> => {
  const splices: Array<TextEdit.Splice> = []
  const change = ({ end, start }: SyntaxTree.Span, masked: string): void => {
    const piece = text.slice(start, end)
    // The number of lines stays, so that lines of the masked text are those of the text.
    if (masked !== piece) splices.push({ start, end, text: `${masked}${newlinesOf(piece)}` })
  }
  const visit = (node: SyntaxTree.SyntaxTree["root"], path: KeyPath): void => {
    const inside = SyntaxTree.container(node)
    if (inside !== undefined) {
      for (const [index, entry] of inside.entries.entries()) {
        if (entry.key !== undefined && entry.name !== undefined && looksSecret(entry.name))
          change(entry.key, '"<hidden>"')
        visit(entry.value, [...path, entry.name ?? index])
      }
      return
    }
    const piece = text.slice(node.start, node.end)
    const value = Either.getOrUndefined(Json5.parse(piece))
    const masked = maskValue(value, path)
    if (masked !== value) change(node, JSON.stringify(masked))
  }
  visit(tree.root, [])
  for (const comment of tree.comments) {
    const masked = maskedLines(comment.text)
    if (masked !== comment.text)
      splices.push({ start: comment.start, end: comment.end, text: masked })
  }
  return splices
}

/**
 * A config's text with its secrets masked, line by line the same text. One that is no valid JSON5
 * is masked by the look of its lines.
 */
export const maskText = (text: string): string => {
  if (Either.isLeft(Json5.parse(text))) return maskedLines(text)
  return TextEdit.splice(text, splicesOf(text, SyntaxTree.parse(text)))
}
