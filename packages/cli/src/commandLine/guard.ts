/**
 * Reads a command line strictly before the parser sees it (decisions D23 and D42): the parser of
 * `@effect/cli` takes an unknown option for a value. An unknown command or option, an option
 * without its value or given twice, a word too many is refused with the nearest right word, and
 * nothing is done. Everything it knows comes from the definitions.
 */
import { ifDefined } from "@clawdbot/domain/Document/defined"
import { maskIn } from "@clawdbot/domain/Profile/Secret"
import { nearest } from "@clawdbot/domain/Text/nearest"
import * as Either from "effect/Either"
import { UsageError } from "../CliError.ts"
import type { CommandNode } from "./definition.ts"
import { type ArgumentFacts, type OptionFacts, ofArgument, ofOption } from "./facts.ts"
import { meantBy } from "./wordsTried.ts"

/** A command line that may be parsed: the command, and the tokens of its options and arguments. */
export interface Accepted<R> {
  readonly node: CommandNode<R>
  /** The command's words, the program's name first. */
  readonly path: ReadonlyArray<string>
  readonly tokens: ReadonlyArray<string>
  readonly isHelp: boolean
}

type Checked<A> = Either.Either<A, UsageError>

const isOption = (token: string): boolean => token.startsWith("-") && token !== "-"

/** An argument as the help and the errors call it. */
export const argumentName = ({ atMost, name }: ArgumentFacts): string => {
  if (atMost > 1) return `${name}...`
  return name
}

const refuse = (path: ReadonlyArray<string>, problem: string, suggestion?: string) =>
  Either.left(new UsageError({ problem, command: path.join(" "), suggestion }))

/** A word that is none of the choices there are. */
const checkChoice = (
  path: ReadonlyArray<string>,
  name: string,
  value: string,
  choices: ReadonlyArray<string> | undefined
): Checked<void> => {
  if (choices === undefined || choices.includes(value)) return Either.void
  const near = nearest(value, choices)
  const prefix = name.startsWith("--") ? name : path.join(" ")
  return refuse(
    path,
    `unknown ${name} "${value}" (${choices.join(", ")})`,
    ifDefined(near, (near) => `${prefix} ${near}`)
  )
}

/** The command that the first words name, and what follows them. */
const findCommand = <R>(root: CommandNode<R>, argv: ReadonlyArray<string>) => {
  let node = root
  const path = [root.name]
  const rest = [...argv]
  for (let word = rest[0]; word !== undefined && !isOption(word); word = rest[0]) {
    const next = node.subcommands.find(({ name }) => name === word)
    if (next === undefined) break
    node = next
    path.push(word)
    rest.shift()
  }
  return { node, path, rest }
}

const unknownCommand = <R>(
  root: CommandNode<R>,
  node: CommandNode<R>,
  path: ReadonlyArray<string>,
  words: ReadonlyArray<string>
) =>
  refuse(
    path,
    `unknown command "${[...path.slice(1), ...words.slice(0, 1)].join(" ")}"`,
    meantBy(root, node, path, words)
  )

interface Sorted {
  /** Options as `--name value`, in the order they were given. */
  readonly options: ReadonlyArray<string>
  readonly words: ReadonlyArray<string>
  readonly isHelp: boolean
}

/** Options apart from words, each checked against its definition. */
const sortTokens = (
  known: ReadonlyArray<OptionFacts>,
  path: ReadonlyArray<string>,
  rest: ReadonlyArray<string>
): Checked<Sorted> => {
  const tokens = [...rest]
  const options: Array<string> = []
  const words: Array<string> = []
  const given = new Set<string>()
  let isHelp = false
  for (let token = tokens.shift(); token !== undefined; token = tokens.shift()) {
    if (token === "--") {
      words.push(...tokens.splice(0))
    } else if (!isOption(token)) {
      words.push(token)
    } else if (token === "--help" || token === "-h") {
      isHelp = true
    } else {
      const at = token.indexOf("=")
      const shown = at < 0 ? token : token.slice(0, at)
      const option = known.find(({ name }) => `--${name}` === shown)
      if (option === undefined) {
        const names = [...known.map(({ name }) => `--${name}`), "--help"]
        return refuse(path, `unknown option "${shown}"`, nearest(shown, names))
      }
      if (option.placeholder === undefined) {
        if (at >= 0) return refuse(path, `${shown} takes no value`)
        if (!given.has(shown)) options.push(shown)
        given.add(shown)
        continue
      }
      const value = at >= 0 ? token.slice(at + 1) : tokens.shift()
      // A negative number is a value; any other dash is the next option, and this value was
      // forgotten.
      if (value === undefined || (at < 0 && isOption(value) && !/^-\d/.test(value)))
        return refuse(path, `${shown} needs a value (${option.placeholder})`)
      if (given.has(shown) && !option.isRepeated) return refuse(path, `${shown} is given twice`)
      const checked = checkChoice(path, shown, value, option.choices)
      if (Either.isLeft(checked)) return Either.left(checked.left)
      given.add(shown)
      options.push(shown, value)
    }
  }
  return Either.right({ options, words, isHelp })
}

const checkWords = (
  args: ReadonlyArray<ArgumentFacts>,
  path: ReadonlyArray<string>,
  words: ReadonlyArray<string>
): Checked<void> => {
  const atMost = args.reduce((sum, argument) => sum + argument.atMost, 0)
  const extra = words[atMost]
  if (extra !== undefined) return refuse(path, `unexpected word "${extra}"`)
  const atLeast = args.reduce((sum, argument) => sum + argument.atLeast, 0)
  if (words.length < atLeast) return refuse(path, `missing ${args.map(argumentName).join(" ")}`)
  for (const [index, argument] of args.entries()) {
    const word = words[index]
    const checked =
      word === undefined ? Either.void : checkChoice(path, argument.name, word, argument.choices)
    if (Either.isLeft(checked)) return checked
  }
  return Either.void
}

/** No credential is a name or a choice: what is stored under one, or says it, would show it. */
const checkCredentials = (
  known: ReadonlySet<string>,
  args: ReadonlyArray<ArgumentFacts>,
  path: ReadonlyArray<string>,
  { options, words }: Sorted
): Checked<void> => {
  const argumentOf = (index: number) => args[Math.min(index, args.length - 1)]?.name ?? ""
  const named = [
    ...options.map((value, index) => ({ name: options[index - 1]?.slice(2) ?? "", value })),
    ...words.map((value, index) => ({ name: argumentOf(index), value }))
  ]
  const mistaken = named.find(({ name, value }) => maskIn(value) !== value && !known.has(name))
  if (mistaken === undefined) return Either.void
  return refuse(path, `${maskIn(mistaken.value)} is a credential, which has no place here`)
}

/** Accepts a command line, or says what is wrong with it. */
export const check = <R>(
  root: CommandNode<R>,
  argv: ReadonlyArray<string>
): Checked<Accepted<R>> => {
  const { node, path, rest } = findCommand(root, argv)
  const [first] = rest
  const isUnknown = first !== undefined && !isOption(first)
  if (isUnknown && node.subcommands.length > 0 && node.args.length === 0) {
    const end = rest.findIndex(isOption)
    return unknownCommand(root, node, path, end < 0 ? rest : rest.slice(0, end))
  }
  return Either.flatMap(sortTokens(node.options.map(ofOption), path, rest), (sorted) => {
    const { isHelp, options, words } = sorted
    const tokens = words.length === 0 ? options : [...options, "--", ...words]
    const accepted: Accepted<R> = { node, path, tokens, isHelp }
    if (isHelp) return Either.right(accepted)
    // Standard output is one of the two, and a script that asks for both would get the other one.
    if (options.includes("--json") && options.includes("--plain"))
      return refuse(path, "--json and --plain cannot be used together")
    if (words.length > 0 && node.subcommands.length > 0 && node.args.length === 0)
      return unknownCommand(root, node, path, words)
    if (node.parse === undefined) return refuse(path, `"${path.join(" ")}" needs a command`)
    const args = node.args.map(ofArgument)
    return checkWords(args, path, words).pipe(
      Either.flatMap(() => checkCredentials(node.credentials, args, path, sorted)),
      Either.map(() => accepted)
    )
  })
}
