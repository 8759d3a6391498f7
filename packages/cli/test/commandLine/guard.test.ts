import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { type CommandNode, command, group } from "../../src/commandLine/definition.ts"
import { ofArgument, ofOption } from "../../src/commandLine/facts.ts"
import * as Global from "../../src/commandLine/globalFlags.ts"
import { check } from "../../src/commandLine/guard.ts"
import * as CommandOptions from "../../src/commandLine/options.ts"
import { parse } from "../../src/commandLine/parse.ts"
import { root as realRoot } from "../../src/root.ts"

type Values = Readonly<Record<string, unknown>>

const leaf = command({
  name: "status",
  description: "A leaf.",
  options: {
    json: CommandOptions.flag("json", "A switch."),
    agent: CommandOptions.text("agent", "ID", "A text."),
    profiles: CommandOptions.texts("probe-profile", "ID", "Many."),
    port: CommandOptions.text("port", "N", "A number."),
    format: CommandOptions.choice("format", ["raw", "json"], "One of a few."),
    seconds: CommandOptions.positiveNumber("seconds", "N", "Above 0.", 8)
  },
  run: (values): Values => values
})
const words = command({
  name: "set",
  description: "Takes words.",
  options: { dryRun: CommandOptions.dryRun },
  args: {
    key: CommandOptions.argument("KEY", "The first."),
    value: CommandOptions.optionalArgument("VALUE", "The second.")
  },
  run: (values): Values => values
})
const report = command({
  name: "report",
  description: "Has options that parsers have of their own.",
  options: {
    version: CommandOptions.text("version", "V", "A text."),
    wizard: CommandOptions.flag("wizard", "A switch.")
  },
  args: { profile: CommandOptions.argument("PROFILE", "The first.") },
  run: (values): Values => values
})
const root: CommandNode<Values> = group("clawdbot", "A tree.", [
  group("models", "A group.", [leaf]),
  words,
  report
])

const wrong: ReadonlyArray<readonly [string, string, string | undefined]> = [
  ["modles status", 'unknown command "modles"', "clawdbot models"],
  ["MODELS status", 'unknown command "MODELS"', "clawdbot models"],
  ["Models status", 'unknown command "Models"', "clawdbot models"],
  ["models statsu", 'unknown command "models statsu"', "clawdbot models status"],
  ["status", 'unknown command "status"', "clawdbot models status"],
  ["status --json", 'unknown command "status"', "clawdbot models status"],
  ["models status words", 'unexpected word "words"', undefined],
  ["version", 'unknown command "version"', "clawdbot --version"],
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
  ["models status --format yaml", 'unknown --format "yaml" (raw, json)', undefined],
  ["models status --format rwa", 'unknown --format "rwa" (raw, json)', "--format raw"],
  ["set a --zzz", 'unknown option "--zzz"', undefined]
]

describe("a command line that is not one of ours is refused, with the nearest one that is", () => {
  for (const [line, problem, suggestion] of wrong) {
    it(line, () => {
      const checked = check(root, line.split(" "))
      if (Either.isRight(checked)) return assert.fail("it was accepted")
      assert.strictEqual(checked.left.problem, problem)
      assert.strictEqual(checked.left.suggestion, suggestion)
    })
  }
})

describe("what is understood", () => {
  const right: ReadonlyArray<readonly [string, Values]> = [
    ["models status", { json: false, agent: undefined, profiles: [], seconds: 8 }],
    ["models status --json --agent work", { json: true, agent: "work" }],
    ["models status --agent=work --json", { json: true, agent: "work" }],
    ["models status --json --json", { json: true }],
    ["models status --agent=", { agent: "" }],
    ["models status --agent=--json", { agent: "--json", json: false }],
    ["models status --agent=--help", { agent: "--help" }],
    ["models status --agent -", { agent: "-" }],
    ["models status --port -1", { port: "-1" }],
    ["models status --seconds 2.5", { seconds: 3 }],
    ["models status --format json", { format: "json" }],
    ["models status --probe-profile a --probe-profile b", { profiles: ["a", "b"] }],
    ["set a b --dry-run", { dryRun: true, key: "a", value: "b" }],
    ["set --dry-run a", { dryRun: true, key: "a", value: undefined }],
    ["set a -- --zzz", { dryRun: false, key: "a", value: "--zzz" }],
    ["set -- --dry-run", { dryRun: false, key: "--dry-run" }],
    ["set a -", { dryRun: false, key: "a", value: "-" }],
    ["report --version 2 --wizard p", { version: "2", wizard: true, profile: "p" }],
    ["report p --version=", { version: "", wizard: false, profile: "p" }]
  ]
  for (const [line, values] of right) {
    it.effect(line, () =>
      Effect.gen(function* () {
        const accepted = yield* check(root, line.split(" "))
        assert.deepInclude({ ...(yield* parse(accepted)) }, values)
      })
    )
  }

  it.effect("a value of the wrong shape is wrong usage, in the words of its definition", () =>
    Effect.gen(function* () {
      const accepted = yield* check(root, ["models", "status", "--seconds", "0"])
      const error = yield* Effect.flip(parse(accepted))
      assert.strictEqual(error.problem, "--seconds must be a number greater than 0")
    })
  )

  it("help is asked for at every level, whatever else is missing", () => {
    for (const line of [
      "--help",
      "models --help",
      "models status --help",
      "set --help",
      "models status --agent a -h"
    ]) {
      const checked = check(root, line.split(" "))
      assert.isTrue(Either.isRight(checked) && checked.right.isHelp, line)
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
    [
      "--profile ../x models",
      '"../x" is not a valid profile name: use letters, digits, "-" and "_"'
    ],
    ["--profile work --dev models", "--profile and --dev cannot be used together"]
  ]
  for (const [line, expected] of cases) {
    it(line, () => {
      const taken = Global.parseGlobal(line.split(" "))
      if (Either.isLeft(taken)) return assert.strictEqual(taken.left.problem, expected)
      assert.isObject(expected)
      assert.deepInclude(taken.right, expected as Partial<Global.GlobalFlags>)
    })
  }
})

const everyCommand = <R>(
  node: CommandNode<R>,
  path: ReadonlyArray<string>
): ReadonlyArray<readonly [ReadonlyArray<string>, CommandNode<R>]> => [
  [path, node],
  ...node.subcommands.flatMap((below) => everyCommand(below, [...path, below.name]))
]

describe("every command of the program", () => {
  for (const [path, node] of everyCommand(realRoot, [])) {
    const line = ["clawdbot", ...path].join(" ")
    it(`${line}: refuses an unknown option, has a description, offers help`, () => {
      const bogus = check(realRoot, [...path, "--no-such-option"])
      assert.isTrue(
        Either.isLeft(bogus) && bogus.left.problem === 'unknown option "--no-such-option"'
      )
      const help = check(realRoot, [...path, "--help"])
      assert.isTrue(Either.isRight(help) && help.right.isHelp)
      assert.match(node.description, /^[A-Z].*\.$/s)
      if (node.parse !== undefined) assert.isNotEmpty(node.examples)
      for (const example of node.examples) {
        // What a shell does with the rest is no part of the command line.
        const [program, ...argv] = example.replace(/ [<|].*$/, "").split(" ")
        const checked = check(realRoot, argv)
        assert.strictEqual(program, "clawdbot")
        assert.isTrue(Either.isRight(checked) && checked.right.node === node, example)
      }
      const options = node.options.map(ofOption)
      for (const { description, name } of options) {
        assert.match(name, /^[a-z0-9]+(-[a-z0-9]+)*$/)
        assert.match(description, /\.$/, `${line} --${name}`)
      }
      for (const { description, name } of node.args.map(ofArgument)) {
        assert.match(name, /^[A-Z]+$/)
        assert.match(description, /\.$/, `${line} ${name}`)
      }
      assert.strictEqual(new Set(options.map(({ name }) => name)).size, options.length)
      for (const name of node.hidden)
        assert.include(
          options.map((option) => option.name),
          name
        )
    })
  }
})
