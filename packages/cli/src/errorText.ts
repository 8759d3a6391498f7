/** A rendered error as it leaves the program: text for people, a document for programs. */

import { defined } from "@clawdbot/domain/Document/defined"
import { maskIn } from "@clawdbot/domain/Profile/Secret"
import type { CommandError } from "./CommandError.ts"
import { exit } from "./exit.ts"
import type { Rendered } from "./renderError.ts"
import { withProfile } from "./shownCommand.ts"
import { jsonLines, paints } from "./terminal/lines.ts"
import { wrap } from "./terminal/wrap.ts"

/**
 * How standard error shows an error; without a width nothing is wrapped: what a program reads keeps
 * its lines.
 */
export interface ErrorView {
  readonly width: number | undefined
  readonly color: boolean
}

/**
 * An error that shows no credential: a person may have put one where a word of the command belongs,
 * and logs keep what is said of that word.
 */
export const withoutCredentials = (rendered: Rendered): Rendered => ({
  ...rendered,
  summary: maskIn(rendered.summary),
  details: rendered.details.map(maskIn),
  fix: maskIn(rendered.fix),
  ...defined({ alternatives: rendered.alternatives?.map(maskIn) })
})

/**
 * The error as text for standard error, the program's own `--profile` put into the commands it
 * shows. What happened is wrapped; a place in a file and a command to paste never are.
 */
export const toText = (
  rendered: Rendered,
  profile: string | undefined,
  { color, width }: ErrorView = { width: undefined, color: false }
): ReadonlyArray<string> => {
  const { bad, good } = paints(color)
  const summary = `${bad("clawdbot:")} ${rendered.summary}`
  return [
    ...(width === undefined ? [summary] : wrap(summary, width)),
    ...rendered.details,
    // Whoever stopped the command needs no advice.
    ...(rendered.status === exit.interrupted
      ? []
      : [
          `${good("fix: ")}${withProfile(rendered.fix, profile)}`,
          ...(rendered.alternatives ?? []).map(
            (other) => `${good(" or: ")}${withProfile(other, profile)}`
          )
        ])
  ]
}

/** The error as the one JSON document of standard output (decision D22). */
export const toJson = (
  error: CommandError,
  rendered: Rendered,
  profile: string | undefined
): ReadonlyArray<string> => {
  const { alternatives = [] } = rendered
  const others = alternatives.map((other) => withProfile(other, profile))
  return jsonLines({
    error: {
      _tag: error._tag,
      message: rendered.summary,
      fix: withProfile(rendered.fix, profile),
      alternatives: others.length === 0 ? undefined : others,
      retryAt: rendered.retryAt
    }
  })
}
