/**
 * The help text of a command, from its definition. Pure; fits the width it is given. The layout of
 * `@effect/printer` is not used for it: wrapping one paragraph of thirty words takes it half a
 * second.
 */

import { listIf } from "@clawdbot/domain/Document/listIf"
import { textOf } from "@clawdbot/domain/Text/textIf"
import type { CommandNode } from "./commandLine/definition.ts"
import { ofArgument, ofOption } from "./commandLine/facts.ts"
import { argumentName } from "./commandLine/guard.ts"

type Row = readonly [name: string, description: string]

/** The widest a column of names may be; a longer name stands on a line of its own. */
const widestName = 34
/** Descriptions are never squeezed into fewer characters than these. */
const narrowestDescription = 24

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

const table = (rows: ReadonlyArray<Row>, width: number): ReadonlyArray<string> => {
  const column = Math.min(widestName, Math.max(0, ...rows.map(([name]) => name.length)) + 2)
  const blank = " ".repeat(column)
  return rows.flatMap(([name, description]) => {
    const text = fold(description, Math.max(narrowestDescription, width - column - 2))
    const [first = "", ...more] = text
    const head =
      name.length + 2 > column
        ? [`  ${name}`, `  ${blank}${first}`]
        : [`  ${name.padEnd(column)}${first}`]
    return [...head, ...more.map((line) => `  ${blank}${line}`)]
  })
}

const section = (title: string, lines: ReadonlyArray<string>): ReadonlyArray<string> => {
  if (lines.length === 0) return []
  return ["", title, ...lines]
}

const indented = (lines: ReadonlyArray<string>) => lines.map((line) => `  ${line}`)

/** Options that stand before the command; they are shown with the program's own help. */
const globalOptions: ReadonlyArray<Row> = [
  ["--profile NAME", "Use the state folder ~/.clawdbot-NAME. Before the command."],
  ["--dev", "The same as --profile dev."],
  ["--no-color", "No colour, also with NO_COLOR set."],
  ["--version", "Print the version."]
]

const optionRows = <R>(node: CommandNode<R>): ReadonlyArray<Row> =>
  node.options
    .map(ofOption)
    .filter(({ name }) => !node.hidden.has(name))
    .map(
      ({ description, name, placeholder }): Row => [
        `--${name}${textOf(placeholder, (value) => ` ${value}`)}`,
        description
      ]
    )

/** The help of a command called by `path`. */
export const renderHelp = <R>(
  node: CommandNode<R>,
  path: ReadonlyArray<string>,
  width: number
): ReadonlyArray<string> => {
  const called = path.join(" ")
  const args = node.args.map(ofArgument)
  const options = optionRows(node)
  const usage: Array<string> = []
  if (node.parse !== undefined) {
    const names = args.map((argument) =>
      argument.atLeast === 0 ? `[${argumentName(argument)}]` : argumentName(argument)
    )
    usage.push([called, ...listIf(options.length > 0, "[options]"), ...names].join(" "))
  }
  if (node.subcommands.length > 0) usage.push(`${called} <command>`)
  const subcommands = node.subcommands.map(({ description, name }): Row => [name, description])
  const argumentRows = args.map((argument): Row => [argumentName(argument), argument.description])
  const all: ReadonlyArray<Row> = [
    ...options,
    ...(path.length === 1 ? globalOptions : []),
    ["--help", "Show this help."]
  ]
  return [
    ...fold(node.description, width),
    ...section("Usage:", indented(usage)),
    ...section("Commands:", table(subcommands, width)),
    ...section("Arguments:", table(argumentRows, width)),
    ...section("Options:", table(all, width)),
    ...section("Examples:", indented(node.examples))
  ]
}
