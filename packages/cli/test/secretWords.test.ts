/** A credential that somebody put where a word of the command belongs is not said again. */
import * as fs from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { CommandEffect } from "../src/CommandEffect.ts"
import type { CommandNode } from "../src/commandLine/definition.ts"
import { ofOption } from "../src/commandLine/facts.ts"
import { root } from "../src/root.ts"
import { filesIn, planted } from "./clawdbot.ts"
import { freshHome, run } from "./commandLine.ts"

interface Found {
  readonly path: ReadonlyArray<string>
  readonly node: CommandNode<CommandEffect>
}

const commandsOf = (
  node: CommandNode<CommandEffect>,
  path: ReadonlyArray<string>
): ReadonlyArray<Found> => [
  { path, node },
  ...node.subcommands.flatMap((child) => commandsOf(child, [...path, child.name]))
]

/** Options with a value of the person's own, in which a credential is a mistake. */
const optionsOf = ({ credentials, options }: CommandNode<CommandEffect>): ReadonlyArray<string> =>
  options.flatMap((option) => {
    const { name, placeholder } = ofOption(option)
    return placeholder === undefined || credentials.has(name) ? [] : [name]
  })

describe("a credential among the words of a command line", () => {
  for (const { node, path } of commandsOf(root, [])) {
    it.effect(`clawdbot ${path.join(" ")}`, () =>
      Effect.gen(function* () {
        const lines = [
          [planted.apiKey],
          ["one", planted.apiKey],
          [planted.apiKey, "one"],
          ["--no-such-option", planted.apiKey],
          [planted.apiKey, "--json"],
          ...optionsOf(node).flatMap((name) => [
            [`--${name}`, planted.apiKey],
            ["one", `--${name}=${planted.apiKey}`]
          ])
        ]
        const home = yield* freshHome
        for (const words of lines) {
          const options = { stdin: `sk-ant-api03-${"z".repeat(90)}` }
          const { stderr, stdout } = yield* run(home, [...path, ...words], options)
          // Nor a name that was made of it.
          const said = (stdout + stderr).toLowerCase()
          assert.notInclude(said, planted.apiKey.slice(0, 40).toLowerCase(), words.join(" "))
        }
        if (node.credentials.size > 0) return
        for (const file of filesIn(home))
          assert.notInclude(file + fs.readFileSync(`${home}/${file}`, "utf8"), planted.apiKey, file)
      }).pipe(Effect.scoped)
    )
  }

  it.effect("can be one to store, and a name to take away", () =>
    Effect.gen(function* () {
      const home = yield* freshHome
      for (const words of [
        ["onboard", "--anthropic-api-key", planted.apiKey],
        ["config", "set", "models.providers.anthropic.apiKey", planted.apiKey]
      ]) {
        const { status, stderr } = yield* run(home, words)
        assert.strictEqual(status, 0, stderr)
      }
      const { stderr } = yield* run(home, ["models", "auth", "logout", planted.apiKey])
      assert.notInclude(stderr, "is a credential")
    }).pipe(Effect.scoped)
  )
})
