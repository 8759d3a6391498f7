/**
 * Reads a command line strictly, before anything else sees it (decision D23, toolchain.md §7): an
 * unknown command or flag, a flag without its value, a word too many is an error with the nearest
 * right word, and nothing is done. What passes is in one form: the command's words, its flags as
 * `--name value`, then its own words.
 */
import * as Either from "effect/Either"
import { UsageError } from "../CliError.ts"
import { nearest } from "./nearest.ts"
import type { CommandSpec, Flag, Flags, FlagValue } from "./spec.ts"

/** A command line that was understood. */
export interface Understood<R> {
  readonly spec: CommandSpec<R>
  /** The command's words, the program's name first. */
  readonly path: ReadonlyArray<string>
  readonly values: Readonly<Record<string, FlagValue>>
  readonly words: ReadonlyArray<string>
  readonly help: boolean
}

const isFlag = (token: string): boolean => token.startsWith("-") && token !== "-"

const flagOf = (flags: Flags, name: string): Flag | undefined =>
  Object.hasOwn(flags, name) ? flags[name] : undefined

const allFlags = <R>(spec: CommandSpec<R>): ReadonlyArray<string> => [
  ...Object.keys(spec.flags).map((name) => `--${name}`),
  "--help"
]

/** Understands a command line, or says what is wrong with it. */
export const understand = <R>(
  root: CommandSpec<R>,
  argv: ReadonlyArray<string>
): Either.Either<Understood<R>, UsageError> => {
  let spec = root
  const path = [root.name]
  const fail = (problem: string, suggestion?: string) =>
    Either.left(
      new UsageError({
        problem,
        command: path.join(" "),
        ...(suggestion !== undefined ? { suggestion } : {})
      })
    )
  const tokens = [...argv]
  while (tokens[0] !== undefined && !isFlag(tokens[0]) && spec.below.length > 0) {
    const name = tokens[0]
    const next = spec.below.find((candidate) => candidate.name === name)
    if (next === undefined) {
      if (spec.words !== undefined) break
      const near = nearest(
        name,
        spec.below.map((candidate) => candidate.name)
      )
      return fail(
        `unknown command "${[...path.slice(1), name].join(" ")}"`,
        near === undefined ? undefined : [...path, near].join(" ")
      )
    }
    spec = next
    path.push(name)
    tokens.shift()
  }

  const values: Record<string, boolean | string | undefined | Array<string>> = {}
  for (const [name, flag] of Object.entries(spec.flags))
    values[name] = flag.kind === "switch" ? false : flag.kind === "many" ? [] : undefined
  const words: Array<string> = []
  let help = false
  for (let token = tokens.shift(); token !== undefined; token = tokens.shift()) {
    if (token === "--") {
      words.push(...tokens.splice(0))
      break
    }
    if (!isFlag(token)) {
      words.push(token)
      continue
    }
    if (token === "--help" || token === "-h") {
      help = true
      continue
    }
    const at = token.indexOf("=")
    const name = token.slice(2, at < 0 ? undefined : at)
    const flag = token.startsWith("--") ? flagOf(spec.flags, name) : undefined
    if (flag === undefined) {
      const shown = at < 0 ? token : token.slice(0, at)
      return fail(`unknown option "${shown}"`, nearest(shown, allFlags(spec)))
    }
    if (flag.kind === "switch") {
      if (at >= 0) return fail(`--${name} takes no value`)
      values[name] = true
      continue
    }
    const value = at >= 0 ? token.slice(at + 1) : tokens.shift()
    // A negative number is a value; any other dash is the next flag, and this one's value was
    // forgotten.
    if (value === undefined || (at < 0 && isFlag(value) && !/^-\d/.test(value)))
      return fail(`--${name} needs a value (${flag.metavar})`)
    const before = values[name]
    if (flag.kind === "many" && Array.isArray(before)) before.push(value)
    else if (before !== undefined) return fail(`--${name} is given twice`)
    else values[name] = value
  }
  if (!help && spec.run === undefined && words.length === 0)
    return fail(`"${path.join(" ")}" needs a command`)
  const most = spec.words?.atMost ?? 0
  if (!help && words.length > most) {
    const extra = words[most] ?? ""
    const near = nearest(
      extra,
      spec.below.map((candidate) => candidate.name)
    )
    return fail(
      spec.below.length > 0
        ? `unknown command "${[...path.slice(1), extra].join(" ")}"`
        : `unexpected word "${extra}"`,
      near === undefined ? undefined : [...path, near].join(" ")
    )
  }
  if (!help && spec.words !== undefined && words.length < spec.words.atLeast)
    return fail(`missing ${spec.words.name}`)
  return Either.right({ spec, path, values, words, help })
}
