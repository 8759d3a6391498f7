/** What every `ConfigStore` has to do, whatever it keeps its texts in. */

import type { ConfigEdit } from "@clawdbot/domain/Config/ConfigStore"
import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import { textOf } from "@clawdbot/domain/Text/textIf"
import type { KeyPath } from "@clawdbot/json5-edit/KeyPath"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import type * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { ConfigTexts } from "./ConfigMemory.ts"

/** What stands where before a test begins; files are relative to the config's folder. */
export interface ConfigSetup {
  readonly text?: string
  readonly files?: Readonly<Record<string, string>>
  readonly variables?: Readonly<Record<string, string>>
}

const set = (path: KeyPath, value: unknown): ConfigEdit => ({ _tag: "Set", path, value })
const unset = (path: KeyPath): ConfigEdit => ({ _tag: "Unset", path })
const primary = ["agents", "defaults", "model", "primary"] as const

const edit = (...edits: ReadonlyArray<ConfigEdit>) =>
  Effect.flatMap(ConfigStore, (store) => store.edit(() => Either.right(edits)))
const load = Effect.flatMap(ConfigStore, (store) => store.load)
const text = (path?: string) => Effect.flatMap(ConfigTexts, (texts) => texts.get(path))

/** Runs the contract against a store. `make` gives a fresh one for every test. */
export const configStoreContract = (
  name: string,
  make: (setup: ConfigSetup) => Layer.Layer<ConfigStore | ConfigTexts>
): void => {
  const check = <E>(
    title: string,
    setup: ConfigSetup,
    program: Effect.Effect<void, E, ConfigStore | ConfigTexts>
  ): void => it.live(title, () => Effect.provide(program, make(setup)))

  describe(`${name}: reading`, () => {
    check(
      "no file is an empty config",
      {},
      Effect.gen(function* () {
        const snapshot = yield* load
        assert.isFalse(snapshot.exists)
        assert.deepStrictEqual(snapshot.config, {})
        assert.deepStrictEqual(snapshot.source(primary), { _tag: "Default" })
      })
    )

    check(
      "includes, variables and places",
      {
        text:
          '{\n  // mine\n  agents: { $include: "./parts/agents.json5" },\n  models: { ' +
          `providers: { anthropic: { apiKey: "\${MY_KEY}" } } },\n}\n`,
        files: { "parts/agents.json5": "{ defaults: {\n  model: { primary: 'anthropic/x' },\n} }" },
        variables: { MY_KEY: "sk-ant-api03-from-variable" }
      },
      Effect.gen(function* () {
        const snapshot = yield* load
        assert.strictEqual(snapshot.config.agents?.defaults?.model?.primary, "anthropic/x")
        const key = snapshot.config.models?.providers?.anthropic?.apiKey
        assert.strictEqual(textOf(key, Redacted.value), "sk-ant-api03-from-variable")
        const file = snapshot.source(primary)
        assert.isTrue(file._tag === "File" && file.place.file.endsWith("/parts/agents.json5"))
        assert.isTrue(file._tag === "File" && file.place.line === 2 && file.place.column === 21)
        const variable = snapshot.source(["models", "providers", "anthropic", "apiKey"])
        assert.isTrue(
          variable._tag === "Variable" && variable.name === "MY_KEY" && variable.place.line === 4
        )
        assert.isTrue(variable._tag === "Variable" && variable.place.source === undefined)
        assert.notInclude(JSON.stringify(snapshot.value), "from-variable")
      })
    )

    check(
      "older keys are read as what they mean now, and nothing is written",
      { text: '{ agent: { model: "anthropic/x" } }' },
      Effect.gen(function* () {
        const snapshot = yield* load
        assert.strictEqual(snapshot.config.agents?.defaults?.model?.primary, "anthropic/x")
        assert.strictEqual(snapshot.migrations.length, 2)
        const source = snapshot.source(primary)
        assert.isTrue(
          source._tag === "Migrated" && source.from === "agent.model" && source.place.column === 19
        )
        assert.strictEqual(yield* text(), '{ agent: { model: "anthropic/x" } }')
      })
    )

    check(
      "an invalid config says what, where and the cure",
      { text: '{\n  "auth": {\n    "cooldowns": { "billingMaxHours": "abc" }\n  }\n}' },
      Effect.gen(function* () {
        const error = yield* Effect.flip(load)
        assert.strictEqual(error._tag, "ConfigInvalid")
        const [issue] = error._tag === "ConfigInvalid" ? error.issues : []
        assert.strictEqual(issue?.path, "auth.cooldowns.billingMaxHours")
        assert.strictEqual(issue?.problem, 'must be a number greater than 0, not the string "abc"')
        assert.strictEqual(issue?.cure, "for example 5")
        assert.strictEqual(issue?.place?.line, 3)
        assert.strictEqual(issue?.place?.column, 39)
        assert.strictEqual(issue?.place?.source, '    "cooldowns": { "billingMaxHours": "abc" }')
      })
    )
  })

  describe(`${name}: editing`, () => {
    check(
      "changes the value and nothing else",
      {
        text:
          "{\n  // keep me\n  agents: { defaults: { model: { primary: 'anthropic/a' } } }, // " +
          "and me\n}\n"
      },
      Effect.gen(function* () {
        const report = yield* edit(set(primary, "anthropic/b"))
        const wanted =
          "{\n  // keep me\n  agents: { defaults: { model: { primary: 'anthropic/b' } } }, " +
          "// and me\n}\n"
        assert.isTrue(report.changed)
        assert.strictEqual(Redacted.value(report.after), wanted)
        assert.strictEqual(yield* text(), wanted)
        assert.strictEqual((yield* load).config.agents?.defaults?.model?.primary, "anthropic/b")
      })
    )

    check(
      "makes the file where there is none",
      {},
      Effect.gen(function* () {
        yield* edit(set(["gateway", "port"], 18790))
        assert.strictEqual(yield* text(), '{\n  "gateway": {\n    "port": 18790\n  }\n}\n')
      })
    )

    check(
      "what is so already is left alone",
      { text: "{ gateway: { port: 18790 } }" },
      Effect.gen(function* () {
        assert.isFalse(
          (yield* edit(set(["gateway", "port"], 18790), unset(["gateway", "bind"]))).changed
        )
        assert.isFalse((yield* edit()).changed)
      })
    )

    check(
      "a dry run tells and does not write",
      { text: "{}" },
      Effect.gen(function* () {
        const store = yield* ConfigStore
        const report = yield* store.edit(() => Either.right([set(["gateway", "port"], 1)]), {
          dryRun: true
        })
        assert.isTrue(report.changed)
        assert.include(Redacted.value(report.after), '"port": 1')
        assert.strictEqual(yield* text(), "{}")
      })
    )

    check(
      "a whole section keeps its references where they are still right",
      {
        text:
          `{ models: { providers: { anthropic: { apiKey: "\${MY_KEY}", baseUrl: "https://a" } ` +
          "} } }",
        variables: { MY_KEY: "sk-secret" }
      },
      Effect.gen(function* () {
        yield* edit(
          set(["models", "providers", "anthropic"], { apiKey: "sk-secret", baseUrl: "https://b" })
        )
        assert.strictEqual(
          yield* text(),
          `{ models: { providers: { anthropic: { apiKey: "\${MY_KEY}", baseUrl: "https://b" } } } }`
        )
      })
    )

    check(
      "a value of a variable is not replaced, but may be removed",
      {
        text: `{ models: { providers: { anthropic: { apiKey: "\${MY_KEY}" } } } }`,
        variables: { MY_KEY: "sk-secret" }
      },
      Effect.gen(function* () {
        const path = ["models", "providers", "anthropic", "apiKey"]
        const error = yield* Effect.flip(edit(set(path, "sk-other")))
        assert.strictEqual(error._tag, "ConfigEditRefused")
        assert.include(error.message, "MY_KEY")
        assert.notInclude(error.message, "sk-")
        yield* edit(unset(path))
        assert.strictEqual(yield* text(), "{ models: { providers: { anthropic: {} } } }")
      })
    )

    check(
      "a value of an included file is not replaced; a new one beside it may be made",
      {
        text: '{ agents: { $include: "./agents.json5" } }',
        files: {
          "agents.json5": "{ defaults: { model: { primary: 'anthropic/x' } }, list: [{ id: 'a' }] }"
        }
      },
      Effect.gen(function* () {
        const error = yield* Effect.flip(edit(set(primary, "anthropic/y")))
        assert.strictEqual(error._tag, "ConfigEditRefused")
        assert.include(error.message, "agents.json5")
        assert.include(
          (yield* Effect.flip(edit(unset(["agents", "list", 0])))).message,
          "agents.json5"
        )
        yield* edit(
          set(["agents", "defaults", "workspace"], "~/w"),
          set(["agents", "list", 1], { id: "b" })
        )
        assert.strictEqual(
          yield* text(),
          '{ agents: { $include: "./agents.json5", defaults: { workspace: "~/w" }, list: [{ ' +
            'id: "b" }] } }'
        )
        assert.deepStrictEqual(
          (yield* load).config.agents?.list?.map((entry) => entry.id),
          ["a", "b"]
        )
      })
    )

    check(
      "an edit that would make the config invalid is refused",
      { text: "{ gateway: { port: 18790 } }" },
      Effect.gen(function* () {
        const error = yield* Effect.flip(edit(set(["gateway", "port"], 0)))
        assert.strictEqual(error._tag, "ConfigEditRefused")
        assert.include(error.message, "must be a whole number from 1 to 65535, not the number 0")
        assert.include((yield* Effect.flip(edit(set(["gatway"], {})))).message, "not a known key")
        assert.strictEqual(yield* text(), "{ gateway: { port: 18790 } }")
      })
    )

    check(
      "an invalid config is not edited",
      { text: "{ frob: 1 }" },
      Effect.gen(function* () {
        assert.strictEqual(
          (yield* Effect.flip(edit(set(primary, "anthropic/x"))))._tag,
          "ConfigInvalid"
        )
        assert.strictEqual(yield* text(), "{ frob: 1 }")
      })
    )

    check(
      "the caller's own refusal passes",
      { text: "{}" },
      Effect.gen(function* () {
        const store = yield* ConfigStore
        assert.strictEqual(yield* Effect.flip(store.edit(() => Either.left("no" as const))), "no")
      })
    )

    check(
      "pending migrations are written with an edit, and by one that asks for nothing",
      { text: `{\n  // me\n  agent: { model: 'anthropic/\${M}' },\n}\n`, variables: { M: "x" } },
      Effect.gen(function* () {
        assert.isTrue((yield* edit()).changed)
        const now = (yield* text()) ?? ""
        assert.include(now, `'anthropic/\${M}'`)
        assert.include(now, "// me")
        assert.notInclude(now, "agent:")
        assert.deepStrictEqual((yield* load).migrations, [])
        assert.isFalse((yield* edit()).changed)
      })
    )

    check(
      "edits at the same time lose nothing",
      { text: "{}" },
      Effect.gen(function* () {
        const numbers = Array.from({ length: 20 }, (_, index) => index)
        yield* Effect.forEach(numbers, (index) => edit(set(["env", "vars", `V${index}`], "x")), {
          concurrency: "unbounded"
        })
        assert.strictEqual(Object.keys((yield* load).config.env?.vars ?? {}).length, 20)
      })
    )
  })

  describe(`${name}: changes`, () => {
    check(
      "every further state is told, good or bad",
      { text: "{}" },
      Effect.gen(function* () {
        const store = yield* ConfigStore
        const texts = yield* ConfigTexts
        const listening = yield* store.changes.pipe(
          Stream.map(
            Either.match({
              onLeft: (error) => error._tag,
              onRight: ({ config }) => config.gateway?.port
            })
          ),
          Stream.changes,
          Stream.takeUntil((seen) => seen === 2),
          Stream.runCollect,
          Effect.fork
        )
        // A listener may begin to listen a moment after it was started: the first state is told
        // until it is heard.
        const ticking = yield* Effect.fork(
          Effect.forEach(
            Array.from({ length: 15 }, (_, index) => index),
            (index) =>
              Effect.zipRight(
                texts.put(`{ gateway: { port: 1 } } // ${index}`),
                Effect.sleep("50 millis")
              )
          ).pipe(
            Effect.zipRight(texts.put("{ gateway: ")),
            Effect.zipRight(Effect.sleep("500 millis")),
            Effect.zipRight(texts.put("{ gateway: { port: 2 } }"))
          )
        )
        const seen = yield* Fiber.join(listening)
        yield* Fiber.join(ticking)
        assert.deepStrictEqual([...seen], [1, "ConfigInvalid", 2])
      })
    )
  })
}
