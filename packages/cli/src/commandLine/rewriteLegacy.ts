/** Older spellings of command lines (docs/formats.md), as what they are today. Pure. */

/** The command line in today's spelling. */
export const rewriteLegacy = (argv: ReadonlyArray<string>): ReadonlyArray<string> => {
  const [first, second, ...rest] = argv
  if (first !== "models") return argv
  if (second === undefined) return ["models", "status"]
  if (second === "--status-json") return ["models", "status", "--json", ...rest]
  if (second === "--status-plain") return ["models", "status", "--plain", ...rest]
  const isOption = second.startsWith("--") && second !== "--help"
  if (isOption) return ["models", "status", second, ...rest]
  return argv
}
