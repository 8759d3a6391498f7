/** Gives a command line that the guard accepted to the parser of `@effect/cli`. */
import * as Effect from "effect/Effect"
import { UsageError } from "../CliError.ts"
import { paragraphs } from "./facts.ts"
import type { Accepted } from "./guard.ts"

/** What the command does with these values; a value of the wrong shape is wrong usage. */
export const parse = <R>({ node, path, tokens }: Accepted<R>): Effect.Effect<R, UsageError> => {
  if (node.parse === undefined)
    return new UsageError({
      problem: `"${path.join(" ")}" needs a command`,
      command: path.join(" ")
    })
  return Effect.mapError(
    node.parse(tokens),
    ({ error }) => new UsageError({ problem: paragraphs(error).join(" "), command: path.join(" ") })
  )
}
