/** What is offered for an unfinished command line. */
import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { understand } from "../../src/argv/guard.ts"
import type { CommandSpec } from "../../src/argv/spec.ts"
import { complete } from "../../src/completion/complete.ts"
import { root } from "../../src/root.ts"

const offered = (line: string): ReadonlyArray<string> =>
  complete(root, line.split(" ")).candidates.map(({ value }) => value)

const leaves = (
  spec: CommandSpec<unknown>,
  path: ReadonlyArray<string>
): ReadonlyArray<readonly [ReadonlyArray<string>, CommandSpec<unknown>]> => [
  ...(spec.run === undefined ? [] : [[path, spec] as const]),
  ...spec.below.flatMap((below) => leaves(below, [...path, below.name]))
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

  for (const [path, spec] of leaves(root, [])) {
    it(`${path.join(" ")}: every flag that is offered is understood`, () => {
      for (const flag of offered([...path, "--"].join(" "))) {
        const kind = spec.flags[flag.slice(2)]?.kind
        const words = Array.from({ length: spec.words?.atLeast ?? 0 }, (_, index) => `w${index}`)
        const understood = understand(root, [
          ...path,
          flag,
          ...(kind === "text" || kind === "many" ? ["1"] : []),
          ...words
        ])
        assert.strictEqual(understood._tag, "Right", flag)
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
