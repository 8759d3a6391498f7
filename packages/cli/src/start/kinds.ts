/**
 * The kinds of starts, each with compiled code of its own. Reading a script and its compiled code
 * takes time by their sizes, and compiling what is missing takes ten times as much: each kind has
 * what it needs.
 */

/**
 * `short` is for the commands of `short.ts`, which have a script of their own; `gateway` serves
 * requests until it is stopped; `command` is everything else.
 */
export const kinds = ["short", "command", "gateway"] as const

export type Kind = (typeof kinds)[number]

/** Options that need more than the short script has. */
const needsMore = /^(?:-h|--(?:help|watch|probe))/

/** The kind of a command line. A wrong guess costs time only. */
export const kindOf = (argv: ReadonlyArray<string>): Kind => {
  if (argv.includes("gateway")) return "gateway"
  const words = argv.slice(0, 3).join(" ")
  const isShort = /^models (?:status(?: -|$)|auth print-token$)/.test(words)
  return isShort && !argv.some((word) => needsMore.test(word)) ? "short" : "command"
}

/** The file of the script that a kind runs, of a bundled command of this name. */
export const scriptOf = (kind: Kind, name: string): string =>
  kind === "short" ? `${name}.short.cjs` : `${name}.cjs`
