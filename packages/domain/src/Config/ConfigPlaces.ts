/** From a path of the effective document to the file, line and column a person has to look at. */

import * as Json5Document from "@clawdbot/json5-edit/Json5Document"
import * as JsonValue from "@clawdbot/json5-edit/JsonValue"
import type { KeyPath } from "@clawdbot/json5-edit/KeyPath"
import { renderExact } from "@clawdbot/json5-edit/KeyPath"
import { defined, ifDefined } from "../Document/defined.ts"
import type { ConfigPlace } from "./ConfigError.ts"
import type { ConfigSource } from "./ConfigStore.ts"
import * as Defaults from "./defaults.ts"
import * as EnvSubstitution from "./EnvSubstitution.ts"
import * as Migration from "./Migration.ts"
import * as Provenance from "./Provenance.ts"
import { isLineShown, isSecretPath } from "./secretKeys.ts"

type Place = typeof ConfigPlace.Type

const maxLineLength = 160

/**
 * A place by line and column; the line is quoted unless it may hold a secret or is too long to
 * help.
 */
export const at = (
  file: string,
  text: string,
  line: number,
  column: number,
  quote = true
): Place => {
  const source = text.split(/\r\n|\n/, line)[line - 1] ?? ""
  const shown =
    quote && source.trim() !== "" && source.length <= maxLineLength && isLineShown(source)
  return { file, line, column, ...defined({ source: shown ? source : undefined }) }
}

/** Answers for one loaded document. */
export interface Places {
  /** The place of a path's key or value, or of its deepest parent that exists. */
  readonly ofPath: (path: KeyPath, what: "key" | "value") => Place
  /** Where the effective value at a path came from. */
  readonly source: (path: KeyPath) => ConfigSource
}

const inDocument = (
  file: string,
  document: Json5Document.Json5Document | undefined,
  path: KeyPath,
  what: "key" | "value"
): Place => {
  const position = ifDefined(document, (document) => Json5Document.position(document, path))
  if (document === undefined || position === undefined) return { file }
  const place =
    what === "key" || !position.exact ? (position.key ?? position.value) : position.value
  return at(file, document.text, place.line, place.column, !isSecretPath(path))
}

/** The part of a path that stands in a document. */
const writtenPart = (document: unknown, path: KeyPath): KeyPath => {
  if (path.length === 0 || JsonValue.has(document, path)) return path
  return writtenPart(document, path.slice(0, -1))
}

/** The answers for a main document with its migrations and included files. */
export const make = (input: {
  readonly document: Json5Document.Json5Document
  readonly migrated: Migration.Migrated
  readonly origins: Provenance.Origins
}): Places => {
  const { document, migrated, origins } = input

  const place = (written: Provenance.Written, rest: KeyPath, what: "key" | "value"): Place => {
    const path = [...written.path, ...rest]
    if (written.file === origins.file)
      return inDocument(origins.file, document, Migration.origin(migrated, path), what)
    return inDocument(written.file, origins.files.get(written.file), path, what)
  }

  const source = (path: KeyPath): ConfigSource => {
    const written = Provenance.trace(origins, path).at(-1)
    if (written === undefined) return { _tag: "Default" }
    const where = place(written, [], "value")
    const [name] = typeof written.value === "string" ? EnvSubstitution.names(written.value) : []
    if (name !== undefined) return { _tag: "Variable", name, place: where }
    if (written.file === origins.file && migrated.moves.length > 0) {
      const before = Migration.origin(migrated, written.path)
      if (!JsonValue.equals(JsonValue.get(document.value, written.path), written.value)) {
        const from = writtenPart(document.value, before)
        // A migration that fills in what was not written only says what holds anyway.
        const isAdded = from.length < before.length
        if (isAdded && JsonValue.equals(Defaults.at(path), written.value))
          return { _tag: "Default" }
        return { _tag: "Migrated", from: renderExact(from), place: where }
      }
    }
    return { _tag: "File", place: where }
  }

  return {
    ofPath: (path, what) => {
      const { written, exact } = Provenance.nearest(origins, path)
      return place(written, [], exact ? what : "value")
    },
    source
  }
}
