/** What every `ConfigStore` has to do with edits. */

import { ConfigStore } from "@clawdbot/domain/Config/ConfigStore"
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { type Check, edit, load, primary, set, text, unset } from "./contractParts.ts"

/** The part of the contract about edits. */
export const editContract = (name: string, check: Check): void => {
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
}
