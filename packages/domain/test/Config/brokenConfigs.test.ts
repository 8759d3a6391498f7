import type { ConfigInvalid } from "@clawdbot/domain/Config/ConfigError"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { expect } from "vitest"
import { type Around, loadText } from "./loading.ts"

const key = "sk-ant-api03-AAAABBBBCCCCDDDDEEEEFFFFGGGGHHHH-test"

interface Broken extends Around {
  readonly name: string
  readonly text: string
}

const broken: ReadonlyArray<Broken> = [
  { name: "empty file", text: "" },
  { name: "array", text: "[]" },
  { name: "string", text: '"x"' },
  { name: "null", text: "null" },
  { name: "json5 invalid", text: "{ agents: { defaults: }" },
  {
    name: "missing comma",
    text: '{\n  "gateway": {\n    "port": 1\n    "bind": "loopback"\n  }\n}\n'
  },
  {
    name: "missing comma after a secret",
    text: `{\n  "env": {\n    "A": "${key}" "B": 1\n  }\n}\n`
  },
  { name: "unclosed", text: '{\n  "gateway": {\n' },
  { name: "unknown root key", text: '{\n  "frob": 1\n}\n' },
  {
    name: "unknown nested keys",
    text:
      '{\n  "agents": {\n    "defaults": {\n      "frob": 1,\n      "model": { "primary": ' +
      '"anthropic/x", "zap": 2 }\n    }\n  },\n  "auth": { "odrer": 1 }\n}\n'
  },
  { name: "unknown key that is a secret", text: `{ "${key}": 1 }` },
  {
    name: "wrong types",
    text: `{
  "agents": {
    "defaults": { "maxConcurrent": "4", "model": { "fallbacks": "x" } },
    "list": [{ "id": 5 }, { "name": "no id" }, { "id": "a", "model": 7 }]
  },
  "auth": {
    "profiles": { "anthropic:x": { "provider": "anthropic", "mode": "password" }, "anthropic:y": { "provider": "anthropic" } },
    "order": { "anthropic": "x" },
    "cooldowns": { "billingMaxHours": 0, "failureWindowHours": "12" }
  },
  "gateway": { "port": "18789", "bind": "everywhere" },
  "env": { "shellEnv": { "enabled": "true", "timeoutMs": -1 } }
}
`
  },
  {
    name: "budgets of the wrong shape",
    text: `{
  "gateway": {
    "budgets": {
      "laptop": { "usdPerDay": "5", "tokensPerMinute": 0.5 },
      "phone": { "usdPerHour": 1, "usdPerWeek": 0 },
      "tablet": 5
    }
  }
}
`
  },
  {
    name: "waits of the wrong shape",
    text: `{
  "auth": {
    "scheduling": "cheapest",
    "holdSeconds": 241,
    "waitUsdPerHour": "20"
  }
}
`
  },
  ...["-1", "10001", "Infinity", "NaN", "null"].map((value) => ({
    name: `an hour of waiting at ${value}`,
    text: `{ "auth": { "waitUsdPerHour": ${value} } }`
  })),
  {
    name: "prices of the wrong shape",
    text: `{
  "pricing": {
    "multiplier": 0,
    "overrides": [
      { "input": 1 },
      { "model": "claude-opus-5-5", "input": "4", "output": -1, "cacheRead": Infinity },
      { "model": "", "inputs": 4 },
      "claude-opus-5-5"
    ]
  }
}
`
  },
  {
    name: "prices that contradict each other",
    text: `{
  "pricing": {
    "overrides": [
      { "profile": "anthropic:a", "provider": "anthropic", "model": "m", "input": 1 },
      { "model": "claude-opus-5-5" },
      { "model": "claude-opus-4-5", "input": 4 },
      { "model": "claude-opus-4.5-20251101", "input": 5 }
    ]
  }
}
`
  },
  {
    name: "extra key and missing mode",
    text:
      '{ "auth": { "profiles": { "anthropic:x": { "provider": "anthropic", "mode": "token", ' +
      '"token": "x" }, "anthropic:y": { "provider": "anthropic" } } } }'
  },
  {
    name: "secrets of a wrong kind",
    text:
      '{\n  "models": { "providers": { "anthropic": { "apiKey": 12345, "baseUrl": "" } } },\n  ' +
      `"env": { "FOO": 5 },\n  "gateway": { "auth": { "mode": "${key}" } }\n}\n`
  },
  {
    name: "a value from a variable is not shown",
    text: `{\n  "gateway": { "port": "\${MY_PORT}" }\n}\n`,
    variables: { MY_PORT: "hunter2" }
  },
  {
    name: "missing variables",
    text:
      '{ "agents": { "defaults": { "model": { "fallbacks": ["anthropic/a", ' +
      `"anthropic/\${NOPE}"] } } }, "logging": { "file": "\${ALSO}" } }`
  },
  {
    name: "two agents, one folder",
    text:
      '{\n  "agents": {\n    "list": [\n      { "id": "a", "agentDir": "~/x" },\n      { "id": ' +
      '"b", "agentDir": "/home/me/x" }\n    ]\n  }\n}\n'
  },
  { name: "include missing", text: '{\n  "agents": { "$include": "./nope.json" }\n}\n' },
  {
    name: "include broken",
    text: '{ "$include": "./bad.json" }',
    files: { "/home/me/.clawdbot/bad.json": "{\n  x:\n" }
  },
  {
    name: "include of a number",
    text: '{ "$include": ["./a.json", 5] }',
    files: { "/home/me/.clawdbot/a.json": "{}" }
  },
  {
    name: "fault in an included file",
    text: '{ "agents": { "$include": "./agents.json" } }',
    files: { "/home/me/.clawdbot/agents.json": "{\n  defaults: {\n    modell: {}\n  }\n}" }
  },
  {
    name: "older key that stays invalid",
    text:
      '{\n  "agent": {\n    "model": "anthropic/claude-haiku-4-5",\n    "nosuchkey": 1\n  }\n' +
      "}\n"
  },
  {
    name: "older keys of other sections, of a kind they never had",
    text: '{ "telegram": true, "routing": { "allowFrom": [], "mystery": 1 } }'
  },
  {
    name: "older key in an included file",
    text: '{ "$include": "./a.json" }',
    files: { "/home/me/.clawdbot/a.json": "{ agent: { model: 'x' } }" }
  }
]

const render = (error: ConfigInvalid): string =>
  error.issues
    .map(({ path, problem, cure, place }) => {
      const at =
        place === undefined
          ? ""
          : `${place.file}${place.line === undefined ? "" : `:${place.line}:${place.column}`}`
      const caret =
        place?.source === undefined ? [] : [place.source, `${" ".repeat((place.column ?? 1) - 1)}^`]
      return [
        `${at}: ${path}: ${problem}`,
        ...caret,
        ...(cure === undefined ? [] : [`fix: ${cure}`])
      ].join("\n")
    })
    .join("\n")

describe("broken configs", () => {
  it.effect("say what is wrong, where, and what to do", () =>
    Effect.gen(function* () {
      const parts: Array<string> = []
      for (const one of broken) {
        const error = yield* Effect.flip(loadText(one.text, one))
        parts.push(`## ${one.name}\n${render(error)}\n\nmessage: ${error.message}\n`)
      }
      const all = parts.join("\n")
      assert.notInclude(all, key.slice(0, 16))
      assert.notInclude(all, "hunter2")
      yield* Effect.promise(() => expect(all).toMatchFileSnapshot("./golden/brokenConfigs.txt"))
    })
  )
})
