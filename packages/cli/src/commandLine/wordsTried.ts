/**
 * What was meant by words that are no command: a command of that name elsewhere in the tree, or
 * what other programs call by it.
 */
import { ifDefined } from "@clawdbot/domain/Document/defined"
import { listIf } from "@clawdbot/domain/Document/listIf"
import { nearest } from "@clawdbot/domain/Text/nearest"
import type { CommandNode } from "./definition.ts"

/** Words of other programs, by what does the same here. */
export const otherNames: ReadonlyMap<string, string> = new Map(
  Object.entries({
    configure: "onboard",
    help: "--help",
    init: "onboard",
    key: "models auth paste-token",
    keys: "models status",
    profiles: "models status",
    providers: "models status",
    proxy: "gateway",
    quota: "models status",
    run: "gateway",
    serve: "gateway",
    server: "gateway",
    setup: "onboard",
    signin: "models auth login",
    stats: "usage",
    tokens: "models status",
    ui: "dashboard",
    version: "--version",
    web: "dashboard",
    whoami: "models status"
  })
)

/** So many commands of one name are worth choosing from. */
const maxSuggestions = 3

/** The paths of all commands, those with fewer words first. */
const pathsBelow = <R>(
  node: CommandNode<R>,
  path: ReadonlyArray<string>
): ReadonlyArray<ReadonlyArray<string>> =>
  node.subcommands
    .flatMap((command) => {
      const here = [...path, command.name]
      return [here, ...pathsBelow(command, here)]
    })
    .sort((a, b) => a.length - b.length)

const endsWith = (path: ReadonlyArray<string>, words: ReadonlyArray<string>): boolean =>
  words.every((word, index) => path[path.length - words.length + index] === word)

/** Commands that end with the words: as many of the words as lead to any, the shortest of them. */
const endingWith = (
  paths: ReadonlyArray<ReadonlyArray<string>>,
  words: ReadonlyArray<string>
): ReadonlyArray<ReadonlyArray<string>> => {
  for (let count = words.length; count > 0; count--) {
    const found = paths.filter((path) => endsWith(path, words.slice(0, count)))
    const [first] = found
    if (first !== undefined)
      return found.filter(({ length }) => length === first.length).slice(0, maxSuggestions)
  }
  return []
}

/** The commands that the words most likely mean, in words; undefined where none is near. */
export const meantBy = <R>(
  root: CommandNode<R>,
  node: CommandNode<R>,
  path: ReadonlyArray<string>,
  words: ReadonlyArray<string>
): string | undefined => {
  const [word = ""] = words
  const below = endingWith(pathsBelow(node, path), words)
  const found = below.length > 0 ? below : endingWith(pathsBelow(root, [root.name]), words)
  if (found.length > 0) return found.map((one) => one.join(" ")).join(" or ")
  const near = nearest(
    word,
    node.subcommands.map(({ name }) => name)
  )
  const other = listIf(node === root, otherNames.get(word.toLowerCase())).at(0)
  return (
    ifDefined(other, (other) => `${root.name} ${other}`) ??
    ifDefined(near, (near) => [...path, near].join(" "))
  )
}
