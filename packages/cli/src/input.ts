/**
 * Getting a secret from a person or a pipe, never from anywhere it would be seen (decision D24).
 */
import { createReadStream } from "node:fs"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { InputMissing } from "./CliError.ts"
import { readInput } from "./readInput.ts"
import { IoStreams } from "./terminal/IoStreams.ts"

/** The content of a file, or of standard input for `-`. */
export const fromFile = Effect.fn("input.fromFile")(function* (file: string) {
  if (file === "-") {
    const io = yield* IoStreams
    return Redacted.make(yield* io.readStdin)
  }
  return Redacted.make(yield* readInput(file, () => createReadStream(file)))
})

/**
 * A secret from the first place that has one: the flag's own value (`-` reads standard input), the
 * file flag, a hidden question on a terminal, or, where `pipe` allows it, standard input.
 */
export const secret = Effect.fn("input.secret")(function* (options: {
  /** What is wanted, as the question and the error call it: `Anthropic API key`. */
  readonly what: string
  readonly given: string | undefined
  readonly file: string | undefined
  /** How the flags are called, for the error. */
  readonly flags: string
  readonly pipe: boolean
}) {
  const io = yield* IoStreams
  if (options.given !== undefined && options.given !== "-") return Redacted.make(options.given)
  const file = options.given ?? options.file
  if (file !== undefined) return yield* fromFile(file)
  if (io.interactive) return yield* ask(`Paste your ${options.what}`)
  if (options.pipe) {
    const text = yield* io.readStdin
    if (text.trim() !== "") return Redacted.make(text)
  }
  return yield* new InputMissing({
    problem: `no ${options.what} was given`,
    flags: options.flags
  })
})

/**
 * The hidden question of {@link secret}, to ask once more after a wrong answer; undefined where the
 * secret does not come from a person.
 */
export const askAgain = (options: {
  readonly what: string
  readonly given: string | undefined
  readonly file: string | undefined
}) =>
  Effect.map(IoStreams, (io) => {
    if (options.given !== undefined || options.file !== undefined || !io.interactive)
      return undefined
    return ask(`Paste your ${options.what}`)
  })

/** A hidden question. Only asked where both ends are a terminal. */
export const ask = (question: string) =>
  Effect.gen(function* () {
    const hidden = yield* Effect.promise(() => import("./terminal/hiddenInput.ts"))
    return yield* hidden.ask(question)
  })

/** Yes or no; Enter alone is `usual`. Only asked where both ends are a terminal. */
export const confirm = (question: string, usual: boolean) =>
  Effect.gen(function* () {
    const prompts = yield* Effect.promise(() => import("./terminal/prompts.ts"))
    return yield* prompts.confirm(question, usual)
  })

/**
 * A line that is shown as it is typed; Enter alone is `usual`. Never for a secret. Only asked where
 * both ends are a terminal.
 */
export const line = (question: string, usual?: string) =>
  Effect.gen(function* () {
    const prompts = yield* Effect.promise(() => import("./terminal/prompts.ts"))
    return yield* prompts.line(question, usual)
  })

/** One of several, by its key. */
export const choose = <K extends string>(
  question: string,
  choices: ReadonlyArray<{ readonly key: K; readonly title: string }>
) =>
  Effect.gen(function* () {
    const prompts = yield* Effect.promise(() => import("./terminal/prompts.ts"))
    return yield* prompts.choose(question, choices)
  })
