/**
 * How a command is defined (decision D42): `Options` and `Args` of `@effect/cli` say what its
 * command line may hold. Parsing, the guard, help and completion all follow from this definition.
 */
import * as Args from "@effect/cli/Args"
import * as CliConfig from "@effect/cli/CliConfig"
import * as Options from "@effect/cli/Options"
import type * as ValidationError from "@effect/cli/ValidationError"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as ParserServices from "./parserServices.ts"

/** Options by the name their value has in `run`. */
export type OptionsRecord = Readonly<Record<string, Options.Options<unknown>>>

/** Arguments by the name their value has in `run`, in the order of the command line. */
export type ArgsRecord = Readonly<Record<string, Args.Args<unknown>>>

/** A command without options, or without arguments. */
type NoEntries = Readonly<Record<never, never>>

type ValueOf<T> = T extends Options.Options<infer A> ? A : T extends Args.Args<infer A> ? A : never

/** What `run` gets: the decoded value of every option and argument. */
export type Values<R extends OptionsRecord | ArgsRecord> = {
  readonly [K in keyof R]: ValueOf<R[K]>
}

/** One command; it does something, or has commands below it, or both. `R` is what running it is. */
export interface CommandNode<R> {
  readonly name: string
  readonly description: string
  /** Command lines that work as they stand, shown by the help. */
  readonly examples: ReadonlyArray<string>
  readonly options: ReadonlyArray<Options.Options<unknown>>
  /** Options that older scripts pass and that change nothing here (decision D25): never shown. */
  readonly hidden: ReadonlySet<string>
  readonly args: ReadonlyArray<Args.Args<unknown>>
  /**
   * Options and arguments, by their names, that may be a credential: one to store, or a name to
   * take away. Anywhere else one was put by mistake, and would be stored as a name and shown.
   */
  readonly credentials: ReadonlySet<string>
  /** Runs until it is stopped: SIGTERM is its regular end, not an interruption. */
  readonly isService: boolean
  readonly subcommands: ReadonlyArray<CommandNode<R>>
  /** Parses the tokens of its own options and arguments, which the guard let pass. */
  readonly parse:
    | ((tokens: ReadonlyArray<string>) => Effect.Effect<R, ValidationError.ValidationError>)
    | undefined
}

/** The definition of a command that does something. */
export interface Definition<O extends OptionsRecord, A extends ArgsRecord, R> {
  readonly name: string
  readonly description: string
  readonly examples?: ReadonlyArray<string>
  readonly options?: O
  /** Names of options that are accepted and not shown. */
  readonly hidden?: ReadonlyArray<string>
  readonly args?: A
  /** Names of options and arguments that may be a credential. */
  readonly credentials?: ReadonlyArray<string>
  readonly isService?: boolean
  readonly subcommands?: ReadonlyArray<CommandNode<R>>
  readonly run: (values: Values<O> & Values<A>) => R
}

const config = CliConfig.make({ isCaseSensitive: true, showBuiltIns: false })
const noOptions = Options.map(Options.none, () => ({}))
const noArgs = Args.map(Args.none, () => ({}))

/** A command that does something. */
export const command = <
  R,
  const O extends OptionsRecord = NoEntries,
  const A extends ArgsRecord = NoEntries
>(
  definition: Definition<O, A, R>
): CommandNode<R> => {
  const { args, description, name, options, run } = definition
  // Not by `CommandDescriptor.parse`, which takes `--version` and `--help` for its own wherever
  // they stand; the guard has dealt with them, and a command may have such an option itself.
  const parse = (tokens: ReadonlyArray<string>) =>
    Effect.gen(function* () {
      const end = tokens.indexOf("--")
      const own = end < 0 ? tokens : tokens.slice(0, end)
      const operands = end < 0 ? [] : tokens.slice(end + 1)
      const [unread, rest, optionValues] = yield* Options.processCommandLine(
        options === undefined ? noOptions : Options.all(options),
        own,
        config
      )
      const [, argValues] = yield* Args.validate(
        args === undefined ? noArgs : Args.all(args),
        [...rest, ...operands],
        config
      ).pipe(Effect.mapError((error) => Option.getOrElse(unread, () => error)))
      // `all` gives each key the value of its option or argument.
      return run({ ...optionValues, ...argValues } as Values<O> & Values<A>)
    }).pipe(ParserServices.provide)
  return {
    name,
    description,
    examples: definition.examples ?? [],
    options: Object.values(options ?? {}),
    hidden: new Set(definition.hidden),
    args: Object.values(args ?? {}),
    credentials: new Set(definition.credentials),
    isService: definition.isService ?? false,
    subcommands: definition.subcommands ?? [],
    parse
  }
}

/** A command that only has commands below it. */
export const group = <R>(
  name: string,
  description: string,
  subcommands: ReadonlyArray<CommandNode<R>>
): CommandNode<R> => ({
  name,
  description,
  examples: [],
  options: [],
  hidden: new Set(),
  args: [],
  credentials: new Set(),
  isService: false,
  subcommands,
  parse: undefined
})
