import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Global from "../../src/argv/globalFlags.ts"
import { understand } from "../../src/argv/guard.ts"
import {
  type CommandSpec,
  command,
  type FlagValue,
  flagMany,
  flagSwitch,
  flagText,
  group
} from "../../src/argv/spec.ts"
import { root as realRoot } from "../../src/root.ts"

const leaf = command({
  name: "status",
  describe: "A leaf.",
  flags: {
    json: flagSwitch("A switch."),
    agent: flagText("ID", "A text."),
    "probe-profile": flagMany("ID", "Many."),
    port: flagText("N", "A number.")
  },
  run: () => "status"
})
const words = command({
  name: "set",
  describe: "Takes words.",
  flags: { "dry-run": flagSwitch("A switch.") },
  words: { name: "KEY VALUE", describe: "Two words.", atLeast: 1, atMost: 2 },
  run: () => "set"
})
const root: CommandSpec<string> = group("clawdbot", "A tree.", [
  group("models", "A group.", [leaf]),
  words
])

const wrong: ReadonlyArray<readonly [string, string, string | undefined]> = [
  ["modles status", 'unknown command "modles"', "clawdbot models"],
  ["MODELS status", 'unknown command "MODELS"', "clawdbot models"],
  ["Models status", 'unknown command "Models"', "clawdbot models"],
  ["models statsu", 'unknown command "models statsu"', "clawdbot models status"],
  ["xyzzy", 'unknown command "xyzzy"', undefined],
  ["models", '"clawdbot models" needs a command', undefined],
  ["models status --jsn", 'unknown option "--jsn"', "--json"],
  ["models status --jsn=1", 'unknown option "--jsn"', "--json"],
  ["models status -j", 'unknown option "-j"', undefined],
  ["models status --JSON", 'unknown option "--JSON"', "--json"],
  ["models status --agent", "--agent needs a value (ID)", undefined],
  ["models status --agent --json", "--agent needs a value (ID)", undefined],
  ["models status --agent -x", "--agent needs a value (ID)", undefined],
  ["models status --json=yes", "--json takes no value", undefined],
  ["models status --agent a --agent b", "--agent is given twice", undefined],
  ["models status extra", 'unexpected word "extra"', undefined],
  ["models status -- --json", 'unexpected word "--json"', undefined],
  ["models --json status", 'unknown option "--json"', undefined],
  ["models status --constructor", 'unknown option "--constructor"', undefined],
  ["models status --__proto__ x", 'unknown option "--__proto__"', undefined],
  ["set", "missing KEY VALUE", undefined],
  ["set a b c", 'unexpected word "c"', undefined],
  ["set a --zzz", 'unknown option "--zzz"', undefined]
]

describe("a command line that is not one of ours is refused, with the nearest one that is", () => {
  for (const [line, problem, suggestion] of wrong) {
    it(line, () => {
      const understood = understand(root, line.split(" "))
      if (Either.isRight(understood)) return assert.fail("it was understood")
      assert.strictEqual(understood.left.problem, problem)
      assert.strictEqual(understood.left.suggestion, suggestion)
    })
  }
})

describe("what is understood", () => {
  const right: ReadonlyArray<
    readonly [string, Readonly<Record<string, FlagValue>>, ReadonlyArray<string>]
  > = [
    ["models status", { json: false, agent: undefined }, []],
    ["models status --json --agent work", { json: true, agent: "work" }, []],
    ["models status --agent=work --json", { json: true, agent: "work" }, []],
    ["models status --agent=", { agent: "" }, []],
    ["models status --agent=--json", { agent: "--json", json: false }, []],
    ["models status --agent -", { agent: "-" }, []],
    ["models status --port -1", { port: "-1" }, []],
    ["models status --probe-profile a --probe-profile b", { "probe-profile": ["a", "b"] }, []],
    ["set a b --dry-run", { "dry-run": true }, ["a", "b"]],
    ["set --dry-run a", { "dry-run": true }, ["a"]],
    ["set a -- --zzz", { "dry-run": false }, ["a", "--zzz"]],
    ["set a -", { "dry-run": false }, ["a", "-"]]
  ]
  for (const [line, values, found] of right) {
    it(line, () => {
      const understood = understand(root, line.split(" "))
      if (Either.isLeft(understood)) return assert.fail(understood.left.message)
      assert.deepInclude({ ...understood.right.values }, values)
      assert.deepStrictEqual(understood.right.words, found)
    })
  }

  it("help is asked for at every level, whatever else is missing", () => {
    for (const line of [
      "--help",
      "models --help",
      "models status --help",
      "set --help",
      "models status --agent a -h"
    ]) {
      const understood = understand(root, line.split(" "))
      assert.isTrue(Either.isRight(understood) && understood.right.help, line)
    }
  })
})

describe("switches before the command", () => {
  const cases: ReadonlyArray<readonly [string, Partial<Global.GlobalFlags> | string]> = [
    ["models", { profile: undefined, dev: false, noColor: false, rest: ["models"] }],
    ["--profile work models", { profile: "work", rest: ["models"] }],
    ["--profile=work models", { profile: "work", rest: ["models"] }],
    ["--dev --no-color models", { dev: true, noColor: true, rest: ["models"] }],
    ["models --profile work", { profile: undefined, rest: ["models", "--profile", "work"] }],
    ["--profile", "--profile needs a name"],
    ["--profile --dev models", "--profile needs a name"],
    ["--profile= models", "--profile needs a name"],
    ["--profile ../x models", '"../x" is no profile name: letters, digits, "-" and "_" only'],
    ["--profile work --dev models", "--profile and --dev cannot be used together"]
  ]
  for (const [line, expected] of cases) {
    it(line, () => {
      const taken = Global.take(line.split(" "))
      if (Either.isLeft(taken)) return assert.strictEqual(taken.left.problem, expected)
      assert.isObject(expected)
      assert.deepInclude(taken.right, expected as Partial<Global.GlobalFlags>)
    })
  }
})

const everyCommand = <R>(
  spec: CommandSpec<R>,
  path: ReadonlyArray<string>
): ReadonlyArray<readonly [ReadonlyArray<string>, CommandSpec<R>]> => [
  [path, spec],
  ...spec.below.flatMap((below) => everyCommand(below, [...path, below.name]))
]

describe("every command of the program", () => {
  for (const [path, spec] of everyCommand(realRoot, [])) {
    const line = ["clawdbot", ...path].join(" ")
    it(`${line}: refuses an unknown option, has a description, offers help`, () => {
      const bogus = understand(realRoot, [...path, "--no-such-option"])
      assert.isTrue(
        Either.isLeft(bogus) && bogus.left.problem === 'unknown option "--no-such-option"'
      )
      const help = understand(realRoot, [...path, "--help"])
      assert.isTrue(Either.isRight(help) && help.right.help)
      assert.match(spec.describe, /^[A-Z].*\.$/s)
      for (const [name, flag] of Object.entries(spec.flags)) {
        assert.match(name, /^[a-z0-9]+(-[a-z0-9]+)*$/)
        assert.match(flag.describe, /\.$/, `${line} --${name}`)
      }
    })
  }
})
