import { plan, prepare } from "@clawdbot/domain/Config/ConfigChange"
import type { ConfigEdit } from "@clawdbot/domain/Config/ConfigStore"
import { lookup } from "@clawdbot/domain/Environment/Environment"
import * as JsonValue from "@clawdbot/json5-edit/JsonValue"
import { paths as allPaths } from "@clawdbot/testing/Config/json5Arbitrary"
import { variablesOf } from "@clawdbot/testing/Environment/EnvironmentMemory"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as fc from "fast-check"
import JSON5 from "json5"
import { type Around, inputOf, loadText } from "./loading.ts"

describe("precedence of variables", () => {
  interface Row extends Around {
    readonly name: string
    readonly config: unknown
    readonly value: string | null
    readonly source?: string
  }
  const shellEnv = { enabled: true }
  const rows: ReadonlyArray<Row> = [
    {
      name: "process before config",
      config: { env: { ANTHROPIC_API_KEY: "config" } },
      variables: { ANTHROPIC_API_KEY: "process" },
      value: "process",
      source: "Process"
    },
    {
      name: "config where the process has a blank one",
      config: { env: { ANTHROPIC_API_KEY: "config" } },
      variables: { ANTHROPIC_API_KEY: " " },
      value: "config",
      source: "Config"
    },
    {
      name: "a direct key before vars",
      config: { env: { ANTHROPIC_API_KEY: "direct", vars: { ANTHROPIC_API_KEY: "vars" } } },
      value: "direct",
      source: "Config"
    },
    {
      name: "vars where the direct key is blank",
      config: { env: { ANTHROPIC_API_KEY: " ", vars: { ANTHROPIC_API_KEY: "vars" } } },
      value: "vars",
      source: "Config"
    },
    {
      name: "the shell last",
      config: { env: { shellEnv, ANTHROPIC_API_KEY: "config" } },
      shell: { ANTHROPIC_API_KEY: "shell" },
      value: "config",
      source: "Config"
    },
    {
      name: "no shell where any of its keys is there already",
      config: { env: { shellEnv } },
      variables: { OPENAI_API_KEY: "x" },
      shell: { ANTHROPIC_API_KEY: "shell" },
      value: null
    },
    {
      name: "the shell by a variable",
      config: {},
      variables: { CLAWDBOT_LOAD_SHELL_ENV: "yes" },
      shell: { ANTHROPIC_API_KEY: "shell" },
      value: "shell",
      source: "LoginShell"
    },
    {
      name: "the shell put off",
      config: { env: { shellEnv } },
      variables: { CLAWDBOT_DEFER_SHELL_ENV_FALLBACK: "1" },
      shell: { ANTHROPIC_API_KEY: "shell" },
      value: null
    },
    {
      name: "no shell unless asked",
      config: {},
      shell: { ANTHROPIC_API_KEY: "shell" },
      value: null
    },
    {
      name: "the state folder's .env before the config",
      config: { env: { ANTHROPIC_API_KEY: "config" } },
      dotEnv: { state: { ANTHROPIC_API_KEY: "state" }, working: { ANTHROPIC_API_KEY: "working" } },
      value: "state",
      source: "DotEnv"
    },
    {
      name: "the config before the working folder's .env",
      config: { env: { ANTHROPIC_API_KEY: "config" } },
      dotEnv: { working: { ANTHROPIC_API_KEY: "working" } },
      value: "config",
      source: "Config"
    },
    {
      name: "the shell before the working folder's .env",
      config: { env: { shellEnv } },
      dotEnv: { working: { ANTHROPIC_API_KEY: "working" } },
      shell: { ANTHROPIC_API_KEY: "shell" },
      value: "shell",
      source: "LoginShell"
    },
    {
      name: "the working folder's .env last",
      config: { env: { shellEnv } },
      dotEnv: { working: { ANTHROPIC_API_KEY: "working" } },
      value: "working",
      source: "DotEnv"
    },
    {
      name: "only expected keys from the shell",
      config: { env: { shellEnv } },
      shell: { PATH: "x" },
      value: null
    }
  ]
  for (const { name, config, value, source, ...around } of rows) {
    it.effect(name, () =>
      Effect.gen(function* () {
        const { snapshot } = yield* loadText(JSON.stringify(config), around)
        const found = Option.getOrUndefined(lookup(snapshot.environment, "ANTHROPIC_API_KEY"))
        assert.strictEqual(found === undefined ? null : Redacted.value(found.value), value)
        assert.strictEqual(found?.source._tag, source)
        assert.deepStrictEqual(
          snapshot.environment.shell.applied,
          source === "LoginShell" ? ["ANTHROPIC_API_KEY"] : []
        )
      })
    )
  }
})

describe("the working folder's .env", () => {
  const text = `{ models: { providers: { anthropic: { baseUrl: "\${ANTHROPIC_BASE_URL}" } } } }`
  const working = { ANTHROPIC_BASE_URL: "https://other.example" }

  it.effect("never enters the config, and the message says where the value was found", () =>
    Effect.gen(function* () {
      const { issues } = yield* Effect.flip(loadText(text, { dotEnv: { working } }))
      assert.include(issues[0].problem, "ANTHROPIC_BASE_URL is not set")
      assert.include(issues[0].problem, "its value in /home/me/work/.env is not used here")
      assert.include(issues[0].cure, "/home/me/.clawdbot/.env")
    })
  )

  it.effect("nor does it where the state folder's says something else", () =>
    Effect.gen(function* () {
      const state = { ANTHROPIC_BASE_URL: "https://mine.example" }
      const { snapshot } = yield* loadText(text, { dotEnv: { state, working } })
      assert.strictEqual(
        snapshot.config.models?.providers?.anthropic?.baseUrl,
        "https://mine.example"
      )
    })
  )

  it.effect("is no variable of an edit either", () =>
    Effect.gen(function* () {
      const refused = yield* Effect.flip(
        prepare(inputOf("{}", { dotEnv: { working } }), () =>
          Either.right([
            {
              _tag: "Set",
              path: ["models", "providers", "anthropic", "baseUrl"],
              value: `\${ANTHROPIC_BASE_URL}`
            }
          ])
        )
      )
      assert.strictEqual(refused._tag, "ConfigEditRefused")
    })
  )
})

describe("warnings", () => {
  it.effect("two default agents, one agent twice, a model without a provider", () =>
    Effect.gen(function* () {
      const { snapshot } = yield* loadText(
        "{ agents: { list: [{ id: 'a', default: true }, { id: 'b', default: true }, { id: " +
          "'A' }], defaults: { model: { primary: 'x' } } } }"
      )
      assert.strictEqual(snapshot.warnings.length, 3)
      assert.include(snapshot.warnings[0], '"a" and "b"')
    })
  )
})

const reference = `\${SECRET}`
const around: Around = {
  files: {
    "/home/me/.clawdbot/part.json": JSON.stringify({
      defaults: { workspace: "FROM-INCLUDE" },
      list: [{ id: "one", name: "FROM-INCLUDE" }]
    })
  },
  variables: { SECRET: "FROM-VARIABLE" }
}
const person = `{
  // mine
  agents: { $include: './part.json', defaults: { model: { primary: 'anthropic/a', fallbacks: ['anthropic/${reference}', 'b'] } } },
  models: { providers: { anthropic: { apiKey: '${reference}', headers: { a: 'x', b: '${reference}' } } } },
  agent: { repoRoot: '${reference}/x' },
}
`

describe("what is written", () => {
  it("never holds what an include or a variable gave", () => {
    const loaded = Effect.runSync(loadText(person, around))
    const choices = allPaths(loaded.effective)
    const value = fc.oneof(
      fc.constantFrom<unknown>("new", 1, true, "anthropic/new"),
      fc.dictionary(
        fc.constantFrom("a", "b", "primary", "fallbacks"),
        fc.constantFrom<unknown>("new", ["x"])
      )
    )
    const one = fc.record({
      pick: fc.nat(),
      value,
      kind: fc.constantFrom("set", "merge", "unset", "add")
    })
    fc.assert(
      fc.property(fc.array(one, { minLength: 1, maxLength: 3 }), (wishes) => {
        const edits = wishes.map(({ pick, value, kind }): ConfigEdit => {
          const path = choices[pick % choices.length] ?? ["agents"]
          const there = JsonValue.get(loaded.effective, path)
          if (kind === "unset") return { _tag: "Unset", path }
          // A caller that works on the effective value hands back what includes and variables gave.
          if (kind === "merge" && JsonValue.isObject(there))
            return { _tag: "Set", path, value: { ...there, added: value } }
          if (kind === "add" && JsonValue.isList(there))
            return { _tag: "Set", path: [...path, there.length], value }
          return { _tag: "Set", path, value }
        })
        const result = Effect.runSync(
          Effect.either(plan(loaded, edits, variablesOf(around.variables ?? {})))
        )
        if (Either.isLeft(result)) {
          assert.strictEqual(result.left._tag, "ConfigEditRefused")
          assert.notInclude(result.left.message, "FROM-VARIABLE")
          return
        }
        assert.notInclude(result.right.text, "FROM-")
        assert.include(result.right.text, "// mine")
        assert.isTrue(JsonValue.equals(JSON5.parse(result.right.text), result.right.value))
      }),
      { numRuns: 500 }
    )
  })

  it.effect("a working edit keeps everything else byte for byte", () =>
    Effect.gen(function* () {
      const before = person.replace(/ {2}agent: .*\n/, "")
      const { after } = yield* prepare(inputOf(before, around), () =>
        Either.right([
          { _tag: "Set", path: ["agents", "defaults", "model", "fallbacks", 1], value: "c" }
        ])
      )
      assert.strictEqual(after, before.replace("'b'", "'c'"))
    })
  )
})
