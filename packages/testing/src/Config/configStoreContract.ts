/** What every `ConfigStore` has to do, whatever it keeps its texts in. */

import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import { textOf } from "@clawdbot/domain/Text/textIf"
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { ConfigTexts } from "./ConfigMemory.ts"
import { editContract } from "./configEditContract.ts"
import { checkOver, load, type MakeStore, primary, text } from "./contractParts.ts"

export type { ConfigSetup } from "./contractParts.ts"

/** Runs the contract against a store. `make` gives a fresh one for every test. */
export const configStoreContract = (name: string, make: MakeStore): void => {
  const check = checkOver(make)
  editContract(name, check)

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
