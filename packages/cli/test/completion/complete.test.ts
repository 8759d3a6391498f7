/** What is offered for an unfinished command line. */
import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import type { CommandNode } from "../../src/commandLine/definition.ts"
import { ofArgument, ofOption } from "../../src/commandLine/facts.ts"
import { check } from "../../src/commandLine/guard.ts"
import { complete } from "../../src/completion/complete.ts"
import { root } from "../../src/root.ts"

const offered = (line: string): ReadonlyArray<string> =>
  complete(root, line.split(" ")).candidates.map(({ value }) => value)

const leaves = (
  node: CommandNode<unknown>,
  path: ReadonlyArray<string>
): ReadonlyArray<readonly [ReadonlyArray<string>, CommandNode<unknown>]> => [
  ...(node.parse === undefined ? [] : [[path, node] as const]),
  ...node.subcommands.flatMap((below) => leaves(below, [...path, below.name]))
]

describe("completion", () => {
  it("offers commands, flags of the command, and values of a choice", () => {
    assert.includeMembers([...offered("")], ["models", "onboard", "completion"])
    assert.deepStrictEqual(offered("models sta"), ["status"])
    assert.deepStrictEqual(offered("models status --pl"), ["--plain"])
    assert.deepStrictEqual(offered("completion "), ["bash", "zsh", "fish"])
    assert.deepStrictEqual(offered("gateway --bind "), ["loopback", "lan"])
    assert.deepStrictEqual(offered("models auth print-token --format=h").slice(0, 2), [
      "--format=raw",
      "--format=header"
    ])
    assert.includeMembers([...offered("--")], ["--profile", "--version", "--help"])
  })

  it("offers the words of a list one by one, each once", () => {
    const all = ["profile", "model", "client", "agent", "ttl", "day", "hour"]
    assert.deepStrictEqual(offered("usage --by "), all)
    assert.deepStrictEqual(
      offered("usage --by model,day,"),
      ["profile", "client", "agent", "ttl", "hour"].map((word) => `model,day,${word}`)
    )
    assert.include(offered("usage --by=model,d"), "--by=model,day")
  })

  it("names what only the machine can tell, with the agent that was given", () => {
    assert.deepInclude(complete(root, ["models", "auth", "clear", "an"]), { known: "profiles" })
    assert.deepInclude(complete(root, ["models", "auth", "clear", "--agent", "work", ""]), {
      known: "profiles",
      agent: "work"
    })
    assert.deepInclude(
      complete(root, ["models", "auth", "explain", "--agent=work", "--model", ""]),
      {
        known: "models",
        agent: "work"
      }
    )
    assert.deepInclude(complete(root, ["models", "auth", "print-token", "--profile-id=a"]), {
      known: "profiles",
      before: "--profile-id="
    })
    assert.deepInclude(complete(root, ["models", "aliases", "add", "fast", ""]), {
      known: "models"
    })
    assert.deepInclude(complete(root, ["onboard", "--token-file", ""]), { known: "files" })
  })

  it("offers nothing where anything may stand, nor a flag twice, nor flags that do nothing", () => {
    assert.deepStrictEqual(offered("gateway --port "), [])
    assert.deepStrictEqual(offered("models aliases add "), [])
    assert.deepStrictEqual(offered("models auth clear anthropic:me "), [])
    assert.notInclude(offered("models status --json --"), "--json")
    assert.include(offered("models status --probe-profile a --"), "--probe-profile")
    assert.notInclude(offered("onboard --"), "--skip-channels")
  })

  for (const [path, node] of leaves(root, [])) {
    it(`${path.join(" ")}: every flag that is offered is understood`, () => {
      for (const flag of offered([...path, "--"].join(" "))) {
        const option = node.options.map(ofOption).find(({ name }) => flag === `--${name}`)
        const value = option?.placeholder === undefined ? [] : [option.choices?.[0] ?? "1"]
        const words = node.args
          .map(ofArgument)
          .flatMap(({ atLeast, choices }) => (atLeast === 0 ? [] : [choices?.[0] ?? "w"]))
        const checked = check(root, [...path, flag, ...value, ...words])
        assert.strictEqual(checked._tag, "Right", flag)
      }
    })
  }

  it("never fails, whatever was typed", () => {
    const word = fc.oneof(
      fc.constantFrom(
        "models",
        "auth",
        "--agent",
        "--agent=",
        "--",
        "-",
        "--__proto__",
        "constructor",
        "order",
        "set"
      ),
      fc.string()
    )
    fc.assert(fc.property(fc.array(word), (words) => void complete(root, words)))
  })
})
