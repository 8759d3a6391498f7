/**
 * What could come next on a command line, by the definitions of the commands. Pure; what only the
 * machine can tell is named, not looked up.
 */
import { ifDefined } from "@clawdbot/domain/Document/defined"
import { groupings } from "@clawdbot/domain/Usage/UsageReport"
import type { CommandNode } from "../commandLine/definition.ts"
import { type OptionFacts, ofArgument, ofOption } from "../commandLine/facts.ts"

/** Values that only a look at the machine can tell. */
export type CompletionSource =
  | "agents"
  | "aliases"
  | "files"
  | "keys"
  | "models"
  | "profiles"
  | "providers"

/** Which of them a placeholder of an option or the name of an argument stands for. */
const knownByPlaceholder: Readonly<Record<string, CompletionSource>> = {
  AGENT: "agents",
  ALIAS: "aliases",
  FILE: "files",
  MODEL: "models",
  PATH: "keys",
  PROFILE: "profiles",
  PROVIDER: "providers"
}

/** Words of which an option takes several, with commas between them. */
const listsByPlaceholder: Readonly<Record<string, ReadonlyArray<string>>> = { NAMES: groupings }

/** A word to offer, with a line about it. */
export interface Candidate {
  readonly value: string
  readonly description: string
}

/** What to offer for the last word. */
export interface Offer {
  readonly candidates: ReadonlyArray<Candidate>
  /** To be looked up on this machine. */
  readonly known?: CompletionSource | undefined
  /** Stands before each value that is looked up: `--option=`, or empty. */
  readonly before: string
  /** `--agent` as far as it was given. */
  readonly agent?: string | undefined
}

/** Options that stand before the first command word (globalFlags.ts). */
const globals: ReadonlyArray<Candidate> = [
  { value: "--profile", description: "Use the state folder ~/.clawdbot-NAME." },
  { value: "--dev", description: "The same as --profile dev." },
  { value: "--no-color", description: "No colour." },
  { value: "--version", description: "Print the version." }
]

const nothing: Offer = { candidates: [], before: "" }

/** One more of a list. `typed` is what stands there so far. */
const oneMoreOf = (words: ReadonlyArray<string>, typed: string, before: string): Offer => {
  const first = typed.slice(0, typed.lastIndexOf(",") + 1)
  const given = first.split(",")
  const candidates = words
    .filter((word) => !given.includes(word))
    .map((word) => ({ value: `${before}${first}${word}`, description: "" }))
  return { candidates, before }
}

const valuesOf = (
  placeholder = "",
  choices: ReadonlyArray<string> | undefined,
  before: string,
  typed = ""
): Offer => {
  const list = Object.hasOwn(listsByPlaceholder, placeholder)
    ? listsByPlaceholder[placeholder]
    : undefined
  if (list !== undefined) return oneMoreOf(list, typed, before)
  if (choices !== undefined) {
    const candidates = choices.map((value) => ({ value: `${before}${value}`, description: "" }))
    return { candidates, before }
  }
  const known = Object.hasOwn(knownByPlaceholder, placeholder)
    ? knownByPlaceholder[placeholder]
    : undefined
  if (known === undefined) return nothing
  return { candidates: [], known, before }
}

/** `word` is the whole word that the value ends, `before` what stands in it before the value. */
const valuesOfOption = (option: OptionFacts | undefined, word: string, before: string): Offer => {
  if (option === undefined) return nothing
  return valuesOf(option.placeholder, option.choices, before, word.slice(before.length))
}

/** What the words before the last one mean. */
interface Typed<R> {
  readonly node: CommandNode<R>
  readonly agent: string | undefined
  /** The option whose value comes next. */
  readonly pending: OptionFacts | undefined
  /** After `--` only words follow. */
  readonly isOnlyWords: boolean
  readonly given: ReadonlySet<string>
  readonly words: ReadonlyArray<string>
}

const optionNamed = <R>(node: CommandNode<R>, name: string): OptionFacts | undefined =>
  node.options.map(ofOption).find((option) => option.name === name)

const read = <R>(root: CommandNode<R>, done: ReadonlyArray<string>): Typed<R> => {
  let node = root
  let agent: string | undefined
  let pending: OptionFacts | undefined
  let isOnlyWords = false
  const given = new Set<string>()
  const words: Array<string> = []
  for (const word of done) {
    if (pending !== undefined) {
      if (pending.name === "agent") agent = word
      pending = undefined
    } else if (isOnlyWords) words.push(word)
    else if (word === "--") isOnlyWords = true
    else if (word.startsWith("--")) {
      const at = word.indexOf("=")
      const name = word.slice(2, at < 0 ? undefined : at)
      given.add(name)
      const option = optionNamed(node, name)
      if (at < 0 && option?.placeholder !== undefined) pending = option
      if (at >= 0 && name === "agent") agent = word.slice(at + 1)
    } else if (!word.startsWith("-")) {
      const next =
        words.length === 0 ? node.subcommands.find(({ name }) => name === word) : undefined
      if (next === undefined) words.push(word)
      else node = next
    }
  }
  return { node, agent, pending, isOnlyWords, given, words }
}

const optionsThatFit = <R>({ given, node }: Typed<R>, isRoot: boolean, current: string): Offer => {
  const options = node.options
    .map(ofOption)
    .filter(({ isRepeated, name }) => !node.hidden.has(name) && (isRepeated || !given.has(name)))
    .map(({ description, name }) => ({ value: `--${name}`, description }))
  const help = { value: "--help", description: "Show the help." }
  const all = [...options, ...(isRoot ? globals : []), help]
  return { candidates: all.filter(({ value }) => value.startsWith(current)), before: "" }
}

/** The argument a further word would be; the last one stands for all that follow. */
const argumentAt = <R>(node: CommandNode<R>, index: number) => {
  const args = node.args.map(ofArgument)
  let from = 0
  for (const argument of args) {
    if (index < from + argument.atMost) return argument
    from += argument.atMost
  }
  return undefined
}

const wordsThatFit = <R>({ isOnlyWords, node, words }: Typed<R>, current: string): Offer => {
  const subcommands =
    words.length > 0 || isOnlyWords
      ? []
      : node.subcommands.map(({ description, name }) => ({ value: name, description }))
  const argument = argumentAt(node, words.length)
  const offer = ifDefined(argument, ({ choices, name }) => valuesOf(name, choices, "")) ?? nothing
  const candidates = [...subcommands, ...offer.candidates].filter(({ value }) =>
    value.startsWith(current)
  )
  return { ...offer, candidates }
}

/**
 * The offer for the last of the words; the ones before it are taken as they are. `words` come after
 * the program's name.
 */
export const complete = <R>(root: CommandNode<R>, words: ReadonlyArray<string>): Offer => {
  const current = words.at(-1) ?? ""
  const typed = read(root, words.slice(0, -1))
  const offer = (): Offer => {
    if (typed.pending !== undefined) return valuesOfOption(typed.pending, current, "")
    if (typed.isOnlyWords) return wordsThatFit(typed, current)
    const equals = current.startsWith("--") ? current.indexOf("=") : -1
    if (equals >= 0) {
      const option = optionNamed(typed.node, current.slice(2, equals))
      return valuesOfOption(option, current, current.slice(0, equals + 1))
    }
    if (current.startsWith("-")) return optionsThatFit(typed, typed.node === root, current)
    return wordsThatFit(typed, current)
  }
  return { ...offer(), agent: typed.agent }
}
