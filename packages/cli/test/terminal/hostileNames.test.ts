/**
 * Every command over names and messages that try to take the terminal over: none of it is obeyed,
 * and no line is made up.
 */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import * as Usage from "@clawdbot/domain/Usage/Usage"
import * as UsageCell from "@clawdbot/domain/Usage/UsageCell"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { CommandEffect } from "../../src/CommandEffect.ts"
import type { CommandNode } from "../../src/commandLine/definition.ts"
import { ofArgument, ofOption } from "../../src/commandLine/facts.ts"
import { root } from "../../src/root.ts"
import { freshHome, put, type Ran, run } from "../commandLine.ts"

const hostile = "x\u001b]0;TAKEN\u0007\u001b[31mred\u001b[2J\nFAKE-ROW 999\r\u202egpj\u200b\u009b1m"
const profile = `anthropic:${hostile}`
const store = ".clawdbot/agents/main/agent/auth-profiles.json"
const key = (end: string) => `sk-ant-api03-${end.repeat(40)}`

/** A provider that answers everything with the message. */
const provider = Effect.acquireRelease(
  Effect.async<{ readonly url: string; readonly close: () => void }>((resume) => {
    const server = createServer((_, response) => {
      response.writeHead(401, { "content-type": "application/json" })
      response.end(
        JSON.stringify({
          type: "error",
          error: { type: "authentication_error", message: hostile }
        })
      )
    })
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo
      resume(
        Effect.succeed({
          url: `http://127.0.0.1:${port}`,
          close: () => {
            server.closeAllConnections()
            server.close()
          }
        })
      )
    })
  }),
  ({ close }) => Effect.sync(close)
)

const hour = Math.floor(Date.now() / 3_600_000)

const world = Effect.gen(function* () {
  const home = yield* freshHome
  const { url } = yield* provider
  const config = {
    models: { providers: { anthropic: { baseUrl: url, oauth: { tokenUrl: `${url}/token` } } } },
    auth: {
      profiles: {
        [profile]: { provider: "anthropic", mode: "api_key" },
        "anthropic:gone\n": { provider: "anthropic", mode: "api_key" }
      },
      order: { anthropic: [profile] }
    },
    agents: {
      defaults: {
        model: { primary: `anthropic/${hostile}`, fallbacks: [`anthropic/${hostile}`] },
        models: { [`anthropic/${hostile}`]: { alias: hostile } }
      },
      list: [{ id: "main", name: hostile }]
    },
    env: { [`X${hostile}`]: hostile }
  }
  yield* put(home, ".clawdbot/clawdbot.json", JSON.stringify(config, null, 2))
  const profiles = {
    [profile]: { type: "api_key", provider: "anthropic", key: key("a"), email: hostile },
    [`${profile}2`]: {
      type: "oauth",
      provider: "anthropic",
      access: "sk-ant-oat01-a",
      refresh: "sk-ant-ort01-r",
      expires: 1,
      email: hostile
    },
    [hostile]: { type: hostile, provider: hostile },
    [`other:${hostile}`]: { type: "api_key", provider: hostile, key: key("b") }
  }
  yield* put(
    home,
    store,
    JSON.stringify({
      version: 1,
      profiles,
      order: { anthropic: [profile, `${profile}3`] },
      lastGood: { anthropic: hostile },
      usageStats: { [profile]: { disabledUntil: 4e12, disabledReason: hostile } }
    })
  )
  const usage = UsageCell.toLine({
    hour,
    agent: hostile,
    profile,
    model: hostile,
    client: hostile,
    ttl: "",
    requests: 1,
    unmeasured: 0,
    usage: Usage.zero
  })
  yield* put(home, `.clawdbot/usage/${new Date().toISOString().slice(0, 10)}.jsonl`, `${usage}\n`)
  const client = { hash: "0".repeat(64), agent: "main", createdAt: 1 }
  yield* put(
    home,
    ".clawdbot/gateway-clients.json",
    JSON.stringify({ version: 1, clients: { [hostile]: client } })
  )
  return home
})

interface Leaf {
  readonly path: ReadonlyArray<string>
  readonly node: CommandNode<CommandEffect>
}

const leaves = (
  node: CommandNode<CommandEffect>,
  path: ReadonlyArray<string> = []
): ReadonlyArray<Leaf> => [
  ...(node.parse === undefined || node.isService ? [] : [{ path, node }]),
  ...node.subcommands.flatMap((child) => leaves(child, [...path, child.name]))
]

/**
 * The command lines of a command: plain, with empty words, and with each option set to the name.
 */
const linesOf = ({ node, path }: Leaf): ReadonlyArray<ReadonlyArray<string>> => {
  const words = node.args.map(ofArgument).flatMap(({ atLeast }) => Array(atLeast).fill(profile))
  const options = node.options.map(ofOption)
  const plain = [...path, ...words]
  return [
    plain,
    // A variable that is not set makes an empty word.
    [...path, ...words.map(() => "")],
    ...options.flatMap(({ name, placeholder }) =>
      placeholder === undefined ? [] : [[...plain, `--${name}`, ""]]
    ),
    [...plain, hostile],
    [...plain, `--${hostile}`],
    ...options.map(({ name, placeholder }) =>
      placeholder === undefined ? [...plain, `--${name}`] : [...plain, `--${name}`, profile]
    )
  ]
}

const colors = new RegExp(`${String.fromCharCode(27)}\\[(?:0|1|2|31|32|33|36)m`, "g")
const hidden = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u

const assertShown = (argv: ReadonlyArray<string>, { stderr, stdout }: Ran): void => {
  for (const line of `${stdout}\n${stderr}`.split("\n")) {
    const context = JSON.stringify([argv, line])
    assert.notInclude(line, "\u001b[31mred", context)
    assert.notMatch(line.replaceAll(colors, "").replaceAll("\t", ""), hidden, context)
    assert.notMatch(line, /^\W*FAKE-ROW/, context)
  }
}

describe("names that try to take the terminal over", () => {
  const all = leaves(root)

  it("every command is looked at", () => {
    assert.isAbove(all.length, 30)
  })

  it.scopedLive("the names are met where they are shown", () =>
    Effect.gen(function* () {
      const home = yield* world
      for (const argv of [
        ["usage", "--by", "model,client,agent"],
        ["gateway", "token", "list"]
      ]) {
        const { stdout } = yield* run(home, argv)
        assert.include(stdout, "\\nFAKE-ROW 999", argv.join(" "))
      }
      const { stderr, stdout } = yield* run(home, ["models", "status", "--probe"])
      assert.include(stdout, "    x\\u001b]0;TAKEN", stderr)
    })
  )

  for (const leaf of all) {
    it.scopedLive(`clawdbot ${leaf.path.join(" ")}`, () =>
      Effect.gen(function* () {
        const home = yield* world
        let shown = 0
        for (const [index, argv] of linesOf(leaf).entries()) {
          const ran = yield* run(home, argv, { color: index % 2 === 0, stdin: hostile })
          assertShown(argv, ran)
          shown += ran.stdout.length + ran.stderr.length
        }
        assert.isAbove(shown, 0)
      })
    )
  }
})
