/** The help text of a command, from its specification. Pure; fits the width it is given. */
import type { CommandSpec, Flag } from "./argv/spec.ts"

const isShown = (flag: Flag): boolean =>
  !("hidden" in flag && flag.hidden === true) && flag.describe !== "Does nothing."

const fold = (text: string, width: number): ReadonlyArray<string> => {
  const lines: Array<string> = []
  let current = ""
  for (const word of text.split(" ")) {
    if (current !== "" && current.length + 1 + word.length > width) {
      lines.push(current)
      current = word
    } else current = current === "" ? word : `${current} ${word}`
  }
  return [...lines, current]
}

const table = (
  rows: ReadonlyArray<readonly [string, string]>,
  width: number
): ReadonlyArray<string> => {
  const left = Math.min(34, Math.max(0, ...rows.map(([name]) => name.length)) + 2)
  return rows.flatMap(([name, describe]) => {
    const [first = "", ...more] = fold(describe, Math.max(24, width - left - 2))
    const head =
      name.length + 2 > left
        ? [`  ${name}`, `  ${" ".repeat(left)}${first}`]
        : [`  ${name.padEnd(left)}${first}`]
    return [...head, ...more.map((line) => `  ${" ".repeat(left)}${line}`)]
  })
}

const flagName = (name: string, flag: Flag): string =>
  flag.kind === "switch" ? `--${name}` : `--${name} ${flag.metavar}`

/** The help of a command called by `path`. */
export const renderHelp = <R>(
  spec: CommandSpec<R>,
  path: ReadonlyArray<string>,
  width: number
): string => {
  const flags = Object.entries(spec.flags).filter(([, flag]) => isShown(flag))
  const words = spec.words === undefined ? "" : ` ${spec.words.name}`
  const usage = [
    ...(spec.run !== undefined
      ? [`${path.join(" ")}${flags.length > 0 ? " [options]" : ""}${words}`]
      : []),
    ...(spec.below.length > 0 ? [`${path.join(" ")} <command>`] : [])
  ]
  const global: ReadonlyArray<readonly [string, string]> =
    path.length === 1
      ? [
          ["--profile NAME", "Use the state folder ~/.clawdbot-NAME. Before the command."],
          ["--dev", "The same as --profile dev."],
          ["--no-color", "No colour, also with NO_COLOR set."],
          ["--version", "Print the version."]
        ]
      : []
  return [
    ...fold(spec.describe, width),
    "",
    "Usage:",
    ...usage.map((line) => `  ${line}`),
    ...(spec.below.length > 0
      ? [
          "",
          "Commands:",
          ...table(
            spec.below.map((below) => [below.name, below.describe]),
            width
          )
        ]
      : []),
    ...(spec.words !== undefined
      ? ["", "Arguments:", ...table([[spec.words.name, spec.words.describe]], width)]
      : []),
    "",
    "Options:",
    ...table(
      [
        ...flags.map(([name, flag]) => [flagName(name, flag), flag.describe] as const),
        ...global,
        ["--help", "Show this."]
      ],
      width
    )
  ].join("\n")
}
