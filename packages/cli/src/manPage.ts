/** The manual page `clawdbot(1)` in the man macros, from the definitions of the commands. Pure. */
import { textOf } from "@clawdbot/domain/Text/textIf"
import type { CommandNode } from "./commandLine/definition.ts"
import { ofArgument, ofOption } from "./commandLine/facts.ts"
import { argumentName } from "./commandLine/guard.ts"

/** A text in which nothing is a macro or an escape. */
const plain = (text: string): string =>
  text
    .replace(/\\/g, "\\e")
    .replace(/-/g, "\\-")
    .replace(/^(['.])/gm, "\\&$1")

const item = (term: string, text: string): ReadonlyArray<string> => [
  ".TP",
  `.B ${plain(term)}`,
  plain(text)
]

const commandSection = <R>(
  node: CommandNode<R>,
  path: ReadonlyArray<string>
): ReadonlyArray<string> => {
  const words = [...path, node.name]
  const below = node.subcommands.flatMap((child) => commandSection(child, words))
  if (node.parse === undefined) return below
  const args = node.args.map(ofArgument)
  const options = node.options.map(ofOption).filter(({ name }) => !node.hidden.has(name))
  return [
    `.SS ${plain([...words, ...args.map(argumentName)].join(" "))}`,
    plain(node.description),
    ...args.flatMap((argument) => item(argumentName(argument), argument.description)),
    ...options.flatMap(({ description, name, placeholder }) =>
      item(`--${name}${textOf(placeholder, (value) => ` ${value}`)}`, description)
    ),
    ...node.examples.flatMap((example) => [".IP", ".EX", plain(example), ".EE"]),
    ...below
  ]
}

/** The page. `version` is the program's. */
export const renderManPage = <R>(root: CommandNode<R>, version: string): string =>
  [
    `.TH CLAWDBOT 1 "" "clawdbot ${plain(version)}" "User Commands"`,
    ".SH NAME",
    `clawdbot \\- ${plain(root.description.replace(/\.$/, "").toLowerCase())}`,
    ".SH SYNOPSIS",
    ".B clawdbot",
    "[\\-\\-profile NAME | \\-\\-dev] [\\-\\-no\\-color] COMMAND [OPTIONS]",
    ".SH DESCRIPTION",
    plain(root.description),
    ".SH COMMANDS",
    ...root.subcommands.flatMap((node) => commandSection(node, [])),
    ".SH EXIT STATUS",
    ...item("0", "Done."),
    ...item("1", "Failed."),
    ...item("2", "Wrong usage."),
    ...item("130", "Interrupted."),
    ".SH FILES",
    ...item("~/.clawdbot/clawdbot.json", "The config."),
    ...item("~/.clawdbot/agents/ID/agent/auth-profiles.json", "The credentials of an agent."),
    ""
  ].join("\n")
