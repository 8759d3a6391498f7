/**
 * Paths to values as a person reads and writes them: `agents.list[0].id`,
 * `auth.profiles["a.b"].mode`.
 */
import * as Either from "effect/Either"

/** A path to a value: keys of objects, positions (from 0) of lists. */
export type KeyPath = ReadonlyArray<string | number>

/**
 * A path as it stands in issues: steps joined by dots, `<root>` for the document itself
 * (docs/formats.md).
 */
export const render = (path: KeyPath): string => {
  if (path.length === 0) return "<root>"
  return path.join(".")
}

const plain = /^[^.[\]"'\s]+$/

/**
 * A path that `parse` reads back: brackets for positions and for keys with dots, brackets, quotes
 * or blanks.
 */
export const renderExact = (path: KeyPath): string =>
  path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`
    if (!plain.test(step)) return `${text}[${JSON.stringify(step)}]`
    if (text === "") return step
    return `${text}.${step}`
  }, "")

const segment =
  /([^.[\]"']+)|\[\s*(\d+)\s*\]|\[\s*("(?:[^"\\]|\\.)*")\s*\]|\[\s*'([^']*)'\s*\]|("(?:[^"\\]|\\.)*")/y

const unquote = (text: string): string | undefined => {
  const value: unknown = Either.getOrUndefined(Either.try((): unknown => JSON.parse(text)))
  if (typeof value === "string") return value
  return undefined
}

/**
 * A path a person wrote. `a.0.b` and `a[0].b` both reach into a list; keys with dots are written
 * `["claude-opus-4.5"]` or `"…"`. Left: what is wrong with it, with the column (from 1).
 */
export const parse = (text: string): Either.Either<KeyPath, string> => {
  const source = text.trim()
  if (source === "") return Either.left("the key is empty")
  const path: Array<string | number> = []
  let at = 0
  while (at < source.length) {
    if (path.length > 0 && source[at] === ".") at++
    else if (path.length > 0 && source[at] !== "[")
      return Either.left(`a dot or a bracket is expected at column ${at + 1}`)
    segment.lastIndex = at
    const found = segment.exec(source)
    if (found === null) return Either.left(`a key is expected at column ${at + 1}`)
    const [whole, name, index, double, single, quoted] = found
    const key = name ?? single ?? unquote(double ?? quoted ?? "")
    if (index !== undefined) path.push(Number(index))
    else if (key === undefined)
      return Either.left(`the quoted key at column ${at + 1} is not well formed`)
    else path.push(key)
    at += whole.length
  }
  return Either.right(path)
}

/** Whether a path lies at or below another one. */
export const startsWith = (path: KeyPath, start: KeyPath): boolean =>
  start.length <= path.length && start.every((step, index) => String(path[index]) === String(step))
