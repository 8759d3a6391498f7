/**
 * `$include`: parts of a config in files of their own (docs/formats.md). Objects merge key
 * by key, lists are put one behind the other, everything else is replaced; keys beside `$include`
 * go over what was included. Every file is kept as it was read, so that the place of any value can
 * be told.
 */

import type { Json5Document } from "@clawdbot/json5-edit/Json5Document"
import { parse } from "@clawdbot/json5-edit/Json5Document"
import { isList, isObject, kind } from "@clawdbot/json5-edit/JsonValue"
import type { KeyPath } from "@clawdbot/json5-edit/KeyPath"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { defined } from "../Document/defined.ts"
import * as FileProblem from "../Document/fileProblem.ts"
import { folderOf } from "../Document/folderOf.ts"
import * as StatePaths from "../Environment/StatePaths.ts"
import { textOf } from "../Text/textIf.ts"

/** The key of the directive. */
export const directive = "$include"

/** How many files may include one another. */
export const maxDepth = 10

/** What is wrong with a directive or an included file, and where. */
export interface IncludeFault {
  /** The file at fault: the one that includes, or the included one when its text is broken. */
  readonly file: string
  /** Path in that file; undefined with `line` and `column`. */
  readonly path: KeyPath | undefined
  readonly line?: number
  readonly column?: number
  /** Path of the directive in the effective document. */
  readonly at: KeyPath
  readonly problem: string
  readonly cure?: string
}

/**
 * Why a file gives no text: the system's code or one of `fileProblem`, and from which place on it
 * is no text.
 */
export interface ReadFailure {
  readonly code: string
  readonly line?: number | undefined
  readonly column?: number | undefined
}

/** Reads a file. */
export type ReadFile = (path: string) => Effect.Effect<string, ReadFailure>

/** A document with all its includes. */
export interface Included {
  readonly value: unknown
  /** Every included file by its absolute path. */
  readonly files: ReadonlyMap<string, Json5Document>
  /** Whether there was any directive at all. */
  readonly any: boolean
}

/**
 * Objects merge, lists are put one behind the other, anything else is replaced by the later value.
 */
export const merge = (base: unknown, over: unknown): unknown => {
  if (isList(base) && isList(over)) return [...base, ...over]
  if (!isObject(base) || !isObject(over)) return over
  const merged = new Map(Object.entries(base))
  for (const [key, value] of Object.entries(over))
    merged.set(key, merged.has(key) ? merge(merged.get(key), value) : value)
  return Object.fromEntries(merged)
}

/**
 * The absolute path an include means: relative ones start at the folder of the file that includes.
 */
export const target = (home: string, file: string, text: string): string =>
  StatePaths.resolve({ home, workingFolder: folderOf(file) }, text)

/** Whether a directive stands anywhere in a value. */
export const has = (value: unknown): boolean => {
  if (isList(value)) return value.some(has)
  return isObject(value) && (Object.hasOwn(value, directive) || Object.values(value).some(has))
}

/** The paths a directive names, in the order in which they are merged. */
export const targets = (value: unknown): Either.Either<ReadonlyArray<string>, string> => {
  if (typeof value === "string") return Either.right([value])
  if (!isList(value))
    return Either.left(`$include must be a path or a list of paths, not ${kind(value)}`)
  const texts = value.filter((item) => typeof item === "string")
  const wrong = value.find((item) => typeof item !== "string")
  if (texts.length === value.length) return Either.right(texts)
  return Either.left(`$include lists ${kind(wrong)} where a path is expected`)
}

interface IncludeContext {
  readonly file: string
  readonly path: KeyPath
  readonly at: KeyPath
  readonly chain: ReadonlyArray<string>
}

/**
 * The document with everything it includes in its place. Nothing is read when no directive stands
 * in it.
 */
export const resolve = (
  main: { readonly file: string; readonly value: unknown; readonly home: string },
  readFile: ReadFile
): Effect.Effect<Included, IncludeFault> => {
  const files = new Map<string, Json5Document>()

  const fail = (here: IncludeContext, problem: string, cure?: string) =>
    Effect.fail<IncludeFault>({
      file: here.file,
      path: [...here.path, directive],
      at: here.at,
      problem,
      ...defined({ cure })
    })

  const open = (here: IncludeContext, text: string): Effect.Effect<unknown, IncludeFault> =>
    Effect.gen(function* () {
      const file = target(main.home, here.file, text)
      const chain = [...here.chain, file]
      if (here.chain.includes(file)) {
        return yield* fail(
          here,
          `the files include one another: ${chain.slice(here.chain.indexOf(file)).join(" -> ")}`,
          "remove one of these $include entries"
        )
      }
      if (here.chain.length > maxDepth)
        return yield* fail(
          here,
          `the files include one another more than ${maxDepth} levels deep, here ${text}`
        )
      const known = files.get(file)
      if (known !== undefined) return yield* visit(known.value, { ...here, file, path: [], chain })
      const content = yield* readFile(file).pipe(
        Effect.catchAll(({ code, column, line }) => {
          const place = textOf(line, (line) => ` from line ${line}, column ${column ?? 1} on`)
          return fail(
            here,
            `the included file ${file} cannot be read (${FileProblem.inWords(code)}${place})`,
            code === "ENOENT"
              ? "correct the path; relative paths start at the folder of this file"
              : FileProblem.cure({ path: file, operation: "read", code })
          )
        })
      )
      const document = parse(content)
      if (Either.isLeft(document)) {
        const { line, column, problem, cure } = document.left
        return yield* Effect.fail<IncludeFault>({
          file,
          path: undefined,
          line,
          column,
          at: here.at,
          problem,
          ...defined({ cure })
        })
      }
      files.set(file, document.right)
      return yield* visit(document.right.value, { ...here, file, path: [], chain })
    })

  const step = (here: IncludeContext, key: string | number): IncludeContext => ({
    ...here,
    path: [...here.path, key],
    at: [...here.at, key]
  })

  const visit = (value: unknown, here: IncludeContext): Effect.Effect<unknown, IncludeFault> => {
    if (!has(value)) return Effect.succeed(value)
    if (isList(value)) return Effect.forEach(value, (item, index) => visit(item, step(here, index)))
    if (!isObject(value)) return Effect.succeed(value)
    return Effect.gen(function* () {
      const siblings = yield* Effect.forEach(
        Object.entries(value).filter(([key]) => key !== directive),
        ([key, item]) => Effect.map(visit(item, step(here, key)), (done) => [key, done] as const)
      )
      if (!Object.hasOwn(value, directive)) return Object.fromEntries(siblings)
      const named = targets(value[directive])
      if (Either.isLeft(named))
        return yield* fail(
          here,
          named.left,
          'write "$include": "./part.json5" or a list of such paths'
        )
      const parts = yield* Effect.forEach(named.right, (text) => open(here, text))
      const content = isList(value[directive]) ? parts.reduce(merge, {}) : parts[0]
      if (siblings.length === 0) return content
      if (!isObject(content)) {
        return yield* fail(
          here,
          "there are keys beside $include, but the included file holds " +
            `${kind(content)}, not an object`
        )
      }
      return merge(content, Object.fromEntries(siblings))
    })
  }

  return Effect.map(
    visit(main.value, { file: main.file, path: [], at: [], chain: [main.file] }),
    (value) => ({
      value,
      files,
      any: files.size > 0
    })
  )
}
