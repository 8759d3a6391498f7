/**
 * What a person sees who made one of the usual mistakes: each message names file, line and column,
 * shows the line, and says what to do.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { expect } from "vitest"
import { freshHome, put, run } from "../commandLine.ts"

const key = "sk-ant-api03-AAAABBBBCCCCDDDDEEEEFFFFGGGGHHHH-test"

interface Broken {
  readonly name: string
  readonly text: string
  readonly files?: Readonly<Record<string, string>>
  readonly variables?: Readonly<Record<string, string>>
}

const broken: ReadonlyArray<Broken> = [
  { name: "nothing in it", text: "" },
  { name: "a list", text: "[]\n" },
  { name: "half written", text: '{\n  "gateway": {\n' },
  { name: "no value", text: '{\n  "gateway": { "port": }\n}\n' },
  { name: "no comma", text: '{\n  "gateway": {\n    "port": 1\n    "bind": "loopback"\n  }\n}\n' },
  {
    name: "no comma, behind a tab",
    text: '{\n\t"gateway": {\n\t\t"port": 1\n\t\t"bind": "loopback"\n\t}\n}\n'
  },
  { name: "no comma behind a secret", text: `{\n  "env": {\n    "A": "${key}" "B": "1"\n  }\n}\n` },
  { name: "quotes of a word processor", text: "{\n  “gateway”: {}\n}\n" },
  { name: "an unknown section", text: '{\n  "gatewya": { "port": 1 }\n}\n' },
  { name: "an unknown key", text: '{\n  "auth": {\n    "odrer": { "anthropic": [] }\n  }\n}\n' },
  { name: "a secret for a key", text: `{ "${key}": 1 }\n` },
  { name: "a number in quotes", text: '{\n  "gateway": { "port": "18789" }\n}\n' },
  { name: "a number out of range", text: '{\n  "gateway": { "port": 99999 }\n}\n' },
  {
    name: "a word that is none of the allowed ones",
    text: '{\n  "gateway": { "bind": "everywhere" }\n}\n'
  },
  {
    name: "a cache lifetime the provider does not have",
    text:
      '{\n  "agents": { "defaults": { "models": { "anthropic/claude-opus-4-5": {\n    ' +
      '"params": { "cacheControlTtl": "10m" }\n  } } } }\n}\n'
  },
  {
    name: "a text for a list",
    text: '{\n  "auth": { "order": { "anthropic": "anthropic:work" } }\n}\n'
  },
  {
    name: "something missing",
    text: '{\n  "auth": {\n    "profiles": { "anthropic:x": { "provider": "anthropic" } }\n  }\n}\n'
  },
  {
    name: "a secret of the wrong kind",
    text: '{\n  "models": { "providers": { "anthropic": { "apiKey": 12345678 } } }\n}\n'
  },
  { name: "a variable that is not set", text: `{\n  "logging": { "file": "\${NOPE}" }\n}\n` },
  {
    name: "a variable with a wrong value, which is not shown",
    text: `{\n  "gateway": { "port": "\${MY_PORT}" }\n}\n`,
    variables: { MY_PORT: "hunter2" }
  },
  {
    name: "an include that is not there",
    text: '{\n  "agents": { "$include": "./nope.json" }\n}\n'
  },
  {
    name: "an include that is broken",
    text: '{\n  "agents": { "$include": "./agents.json" }\n}\n',
    files: { "agents.json": '{\n  "list": [\n' }
  },
  {
    name: "an include that includes itself",
    text: '{\n  "agents": { "$include": "./agents.json" }\n}\n',
    files: { "agents.json": '{ "$include": "./agents.json" }\n' }
  },
  {
    name: "a fault in an included file",
    text: '{\n  "agents": { "$include": "./agents.json" }\n}\n',
    files: { "agents.json": '{\n  "defaults": {\n    "modell": {}\n  }\n}\n' }
  },
  {
    name: "two agents in one folder",
    text:
      '{\n  "agents": {\n    "list": [\n      { "id": "a", "agentDir": "~/x" },\n      { "id": ' +
      '"b", "agentDir": "~/x" }\n    ]\n  }\n}\n'
  },
  {
    name: "older keys beside a fault",
    text: '{\n  "agent": { "model": "anthropic/x", "nosuchkey": 1 }\n}\n'
  },
  {
    name: "several faults at once",
    text:
      '{\n  "gateway": { "port": 0, "bind": 5 },\n  "agents": { "list": [{ "name": "no id" }] ' +
      "}\n}\n"
  }
]

describe("broken configs", () => {
  it.scoped("say what is wrong, where, and what to do", () =>
    Effect.gen(function* () {
      const parts: Array<string> = []
      for (const one of broken) {
        const home = yield* freshHome
        yield* put(home, ".clawdbot/clawdbot.json", one.text)
        for (const [name, text] of Object.entries(one.files ?? {}))
          yield* put(home, `.clawdbot/${name}`, text)
        const options = one.variables === undefined ? {} : { variables: one.variables }
        const ran = yield* run(home, ["models", "status"], options)
        assert.strictEqual(ran.status, 1, one.name)
        assert.strictEqual(ran.stdout, "", one.name)
        assert.include(ran.stderr, "HOME/.clawdbot/", one.name)
        assert.include(ran.stderr, "\n  → ", one.name)
        parts.push(`## ${one.name}\n\n${ran.stderr}\n`)
      }
      const all = parts.join("\n")
      assert.notInclude(all, key.slice(0, 16))
      assert.notInclude(all, "hunter2")
      yield* Effect.promise(() => expect(all).toMatchFileSnapshot("../golden/brokenConfigs.txt"))
    })
  )
})
