/** A credential that somebody put where a word of the command belongs is not said again. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { CommandEffect } from "../src/CommandEffect.ts"
import type { CommandNode } from "../src/commandLine/definition.ts"
import { root } from "../src/root.ts"
import { planted } from "./clawdbot.ts"
import { freshHome, run } from "./commandLine.ts"

const pathsOf = (
  node: CommandNode<CommandEffect>,
  path: ReadonlyArray<string>
): ReadonlyArray<ReadonlyArray<string>> => [
  path,
  ...node.subcommands.flatMap((child) => pathsOf(child, [...path, child.name]))
]

describe("a credential among the words of a command line", () => {
  const paths = pathsOf(root, []).filter((path) => path.join(" ") !== "onboard")
  for (const path of paths) {
    it.effect(`clawdbot ${path.join(" ")}`, () =>
      Effect.gen(function* () {
        const home = yield* freshHome
        for (const words of [
          [planted.apiKey],
          ["one", planted.apiKey],
          [planted.apiKey, "one"],
          ["--no-such-option", planted.apiKey],
          [planted.apiKey, "--json"]
        ]) {
          const { stderr, stdout } = yield* run(home, [...path, ...words])
          // Nor a name that was made of it.
          const said = (stdout + stderr).toLowerCase()
          assert.notInclude(said, planted.apiKey.slice(0, 40).toLowerCase(), words.join(" "))
        }
      }).pipe(Effect.scoped)
    )
  }
})
