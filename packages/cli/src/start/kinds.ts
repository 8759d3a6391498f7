/**
 * The kinds of starts that have compiled code of their own. Reading compiled code takes time by its
 * size, and compiling what is missing takes ten times as much: each kind has what it needs.
 */

/** `gateway` serves requests until it is stopped, `command` is everything else. */
export const kinds = ["command", "gateway"] as const

export type Kind = (typeof kinds)[number]

/** The kind of a command line. A wrong guess costs time only. */
export const kindOf = (argv: ReadonlyArray<string>): Kind => {
  if (argv.includes("gateway")) return "gateway"
  return "command"
}
