/**
 * Command lines of any form over a home with credentials: every one ends with a status that says
 * something, in words, and loses nothing. All are carried out in this process, through the same
 * definitions and layers as the command's; a sample of them by real processes too.
 */
import * as assert from "node:assert"
import * as fs from "node:fs"
import * as Fuzz from "@clawdbot/testing/Fuzz/Fuzz"
import { oddText } from "@clawdbot/testing/Fuzz/mutate"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as fc from "fast-check"
import type { CommandEffect } from "../../src/CommandEffect.ts"
import type { CommandNode } from "../../src/commandLine/definition.ts"
import { ofArgument, ofOption } from "../../src/commandLine/facts.ts"
import { root } from "../../src/root.ts"
import { type Ran, run } from "../commandLine.ts"
import { asProcess, isSampled } from "./asProcess.ts"
import { configFile, home, storeFile, storeText } from "./home.ts"
import { assertJson, assertSaid, planted } from "./said.ts"

interface Leaf {
  readonly path: ReadonlyArray<string>
  readonly node: CommandNode<CommandEffect>
}

const leaves = (
  node: CommandNode<CommandEffect>,
  path: ReadonlyArray<string> = []
): ReadonlyArray<Leaf> => [
  // A service runs until it is stopped.
  ...(node.parse === undefined || node.isService ? [] : [{ path, node }]),
  ...node.subcommands.flatMap((child) => leaves(child, [...path, child.name]))
]

/** What would go to the network, or start another program. */
const notHere = new Set(["network", "anthropic-api-key-file"])

const value = fc.oneof(
  fc.constantFrom(
    "anthropic",
    "anthropic:key",
    "anthropic:login",
    "main",
    "opus",
    "anthropic/claude-opus-4-5",
    "-",
    "365d",
    "0",
    "-1",
    "99999999999999999999",
    "/dev/null",
    "/",
    planted.key,
    planted.access,
    "skip",
    "claude-cli"
  ),
  oddText
)

const lineOf = ({ node, path }: Leaf): fc.Arbitrary<ReadonlyArray<string>> => {
  const options = node.options.map(ofOption).filter(({ name }) => !notHere.has(name))
  const option = fc
    .tuple(fc.constantFrom(...(options.length === 0 ? [undefined] : options)), value, fc.boolean())
    .map(([one, given, joined]): ReadonlyArray<string> => {
      if (one === undefined) return []
      if (one.placeholder === undefined) return [`--${one.name}`]
      return joined ? [`--${one.name}=${given}`] : [`--${one.name}`, given]
    })
  const needed = node.args.map(ofArgument).reduce((sum, { atLeast }) => sum + atLeast, 0)
  return fc
    .tuple(
      fc.array(option, { maxLength: 4 }),
      fc.array(value, { minLength: needed, maxLength: needed + 1 }),
      fc.boolean()
    )
    .map(([given, words, isFirst]) =>
      isFirst ? [...path, ...given.flat(), ...words] : [...path, ...words, ...given.flat()]
    )
}

const arbitrary = fc.record({
  argv: fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(...leaves(root)).chain(lineOf) },
    { weight: 1, arbitrary: fc.array(value, { maxLength: 4 }) }
  ),
  stdin: fc.oneof(fc.constantFrom("", planted.key, planted.access, `${planted.key}\n`), oddText),
  variables: fc.constantFrom<Readonly<Record<string, string>>>(
    {},
    { ANTHROPIC_API_KEY: planted.key },
    { CLAWDBOT_AGENT_DIR: "/nowhere" },
    { CLAWDBOT_STATE_DIR: "relative" }
  ),
  color: fc.constant(false)
})

/** What no version knows is still there, in whatever profile is. */
const assertKept = (folder: string) => {
  const store = JSON.parse(fs.readFileSync(`${folder}/${storeFile}`, "utf8"))
  assert.deepStrictEqual(store.kept, { deep: [1] })
  for (const id of ["anthropic:key", "anthropic:login", "x:reference"]) {
    const record = store.profiles[id]
    // Another secret under the same name is another record.
    const isSame = [planted.key, planted.access].includes(record?.key ?? record?.access)
    if (isSame) assert.strictEqual(record.kept, 1, `${id} has lost a field`)
  }
  assert.deepStrictEqual(store.profiles["x:reference"]?.key, { env: "K" })
  const config = JSON.parse(fs.readFileSync(`${folder}/${configFile}`, "utf8"))
  assert.deepStrictEqual(config.channels, { kept: [1] })
}

/** What every run must keep to. */
const assertKeptBy = (
  argv: ReadonlyArray<string>,
  stdin: string,
  folder: string,
  ran: Ran
): void => {
  assertJson(argv, ran)
  const isToken = argv.includes("print-token")
  assertSaid(ran, { texts: [...argv, stdin], mayShow: isToken })
  const isRemoval = argv.includes("logout") && argv.some((word) => word.startsWith("x:"))
  if (!isRemoval) assertKept(folder)
}

/** The kind. */
export const commandLines = Fuzz.kind(
  "command-lines",
  arbitrary,
  Effect.map(home, ({ fill, folder, url }) => async ({ argv, stdin, variables }) => {
    const check = async (execute: () => Promise<Ran>) => {
      fill({
        [storeFile]: storeText,
        [configFile]: JSON.stringify({
          models: {
            providers: { anthropic: { baseUrl: url, oauth: { tokenUrl: `${url}/token` } } }
          },
          channels: { kept: [1] }
        })
      })
      assertKeptBy(argv, stdin, folder, await execute())
    }
    await check(() =>
      Effect.runPromise(
        run(folder, argv, { stdin, variables }).pipe(
          Effect.provide(Logger.remove(Logger.defaultLogger))
        )
      )
    )
    if (isSampled(argv)) await check(() => asProcess(folder, argv, { stdin, variables }))
  })
)
