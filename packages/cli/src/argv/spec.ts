/**
 * What a command line may hold, as data: the guard reads command lines by it, the help shows it.
 * One source for both, because the parser of `@effect/cli` takes unknown flags for values, gives no
 * suggestions and costs a third of the start; its prompts are used for questions.
 */

/** Values that only a look at the machine can tell, for the completion of a command line. */
export type Known = "agents" | "aliases" | "files" | "keys" | "models" | "profiles" | "providers"

/** What a value may be, as far as it is known: used by the completion, never to refuse one. */
export type Values = Known | ReadonlyArray<string>

/** A flag without a value. */
export interface Switch {
  readonly kind: "switch"
  readonly describe: string
}

/** A flag with one value. `metavar` is what the help calls it. */
export interface Text {
  readonly kind: "text"
  readonly metavar: string
  readonly describe: string
  readonly values?: Values
  /**
   * Accepted and ignored: it concerns things outside this program (decision D25). Not shown in the
   * help.
   */
  readonly hidden?: boolean
}

/** A flag that may be given several times. */
export interface Many {
  readonly kind: "many"
  readonly metavar: string
  readonly describe: string
  readonly values?: Values
}

export type Flag = Switch | Text | Many

/** Flags by name, without their dashes. */
export type Flags = Readonly<Record<string, Flag>>

/** Words after the flags. */
export interface Words {
  readonly name: string
  readonly describe: string
  readonly atLeast: number
  readonly atMost: number
  /** By position; the last one stands for all that follow. */
  readonly values?: ReadonlyArray<Values>
}

/** The values of flags. */
export type FlagValues<F extends Flags> = {
  readonly [K in keyof F]: F[K] extends Switch
    ? boolean
    : F[K] extends Many
      ? ReadonlyArray<string>
      : string | undefined
}

/** The value of one flag. */
export type FlagValue = boolean | string | ReadonlyArray<string> | undefined

/**
 * One command; either it does something or it has commands below it, or both. `R` is what running
 * it gives.
 */
export interface CommandSpec<R> {
  readonly name: string
  readonly describe: string
  readonly flags: Flags
  readonly words?: Words
  /** Runs until it is stopped: SIGTERM is its regular end, not an interruption. */
  readonly service?: boolean
  readonly run?: (values: Readonly<Record<string, FlagValue>>, words: ReadonlyArray<string>) => R
  readonly below: ReadonlyArray<CommandSpec<R>>
}

/** A flag without a value. */
export const flagSwitch = (describe: string): Switch => ({ kind: "switch", describe })

/** A flag with a value. */
export const flagText = (metavar: string, describe: string, values?: Values): Text => ({
  kind: "text",
  metavar,
  describe,
  ...(values === undefined ? {} : { values })
})

/** A flag with a value that may be repeated. */
export const flagMany = (metavar: string, describe: string, values?: Values): Many => ({
  kind: "many",
  metavar,
  describe,
  ...(values === undefined ? {} : { values })
})

/** A flag of the reference program that does nothing here. */
export const ignored = (metavar: string): Text => ({
  kind: "text",
  metavar,
  describe: "Accepted for older scripts; does nothing.",
  hidden: true
})

/** A command that does something. */
export const command = <F extends Flags, R>(spec: {
  readonly name: string
  readonly describe: string
  readonly flags: F
  readonly words?: Words
  readonly service?: boolean
  readonly run: (values: FlagValues<F>, words: ReadonlyArray<string>) => R
  readonly below?: ReadonlyArray<CommandSpec<R>>
}): CommandSpec<R> => {
  const { run, ...rest } = spec
  // The guard hands every command the values of its own flags, and only those.
  return { below: [], ...rest, run: (values, words) => run(values as FlagValues<F>, words) }
}

/** A command that only has commands below it. */
export const group = <R>(
  name: string,
  describe: string,
  below: ReadonlyArray<CommandSpec<R>>
): CommandSpec<R> => ({
  name,
  describe,
  flags: {},
  below
})
