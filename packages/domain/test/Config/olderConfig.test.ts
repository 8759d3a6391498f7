/** A whole config of version 2026.1.4, with every section of that time. */

import { readFileSync } from "node:fs"
import * as Migration from "@clawdbot/domain/Config/Migration"
import * as MigrationText from "@clawdbot/domain/Config/MigrationText"
import * as Json5Document from "@clawdbot/json5-edit/Json5Document"
import * as JsonValue from "@clawdbot/json5-edit/JsonValue"
import type { KeyPath } from "@clawdbot/json5-edit/KeyPath"
import { render } from "@clawdbot/json5-edit/KeyPath"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { expect } from "vitest"
import { loadText } from "./loading.ts"

const before = readFileSync(new URL("./golden/olderConfig.before.json5", import.meta.url), "utf8")

const around = {
  files: { "/home/me/.clawdbot/slack.json5": '{ enabled: true, botToken: "xoxb" }' },
  variables: {
    TELEGRAM_BOT_TOKEN: "1:t",
    DISCORD_BOT_TOKEN: "d",
    GATEWAY_TOKEN: "g",
    ELEVENLABS_API_KEY: "e"
  }
}

const document = Either.getOrThrow(Json5Document.parse(before))
const migrated = Migration.migrate(document.value)
const written = Either.getOrThrow(MigrationText.persist(document, migrated))

const leaves = (
  value: unknown,
  path: KeyPath = []
): ReadonlyArray<{ readonly path: KeyPath; readonly value: unknown }> => {
  const steps = JsonValue.steps(value)
  return steps.length === 0
    ? [{ path, value }]
    : steps.flatMap(([step, inner]) => leaves(inner, [...path, step]))
}

it.effect("is understood, and every value is where it belongs now", () =>
  Effect.gen(function* () {
    const { snapshot } = yield* loadText(before, around)
    const value = Redacted.value(snapshot.value)
    const at = (...path: KeyPath) => JsonValue.get(value, path)
    assert.deepStrictEqual(at("channels", "whatsapp", "allowFrom"), ["+15555550123"])
    assert.strictEqual(at("channels", "telegram", "botToken"), "1:t")
    assert.strictEqual(at("channels", "slack", "botToken"), "xoxb")
    assert.strictEqual(at("channels", "telegram", "groups", "*", "requireMention"), true)
    assert.strictEqual(at("channels", "whatsapp", "groups", "*", "requireMention"), false)
    assert.strictEqual(at("channels", "imessage", "groups", "*", "requireMention"), true)
    assert.deepStrictEqual(at("messages", "groupChat"), {
      historyLimit: 50,
      mentionPatterns: ["@clawd", "clawdbot"]
    })
    assert.deepStrictEqual(at("messages", "queue", "byChannel", "telegram"), "steer")
    assert.deepStrictEqual(at("bindings", 0, "match"), { channel: "slack", accountId: "office" })
    assert.deepStrictEqual(at("tools", "media", "audio"), {
      models: [
        {
          type: "cli",
          command: "whisper",
          timeoutSeconds: 45,
          args: ["--model", "base", "{{MediaPath}}"]
        }
      ],
      enabled: true
    })
    assert.strictEqual(at("messages", "tts", "auto"), "off")
    assert.strictEqual(at("bridge", "port"), 18_790)
    assert.isUndefined(at("routing"))
    assert.deepStrictEqual(snapshot.migrations, migrated.lines)
    const again = yield* loadText(written.text, around)
    assert.deepStrictEqual(again.snapshot.migrations, [])
    assert.isTrue(JsonValue.equals(Redacted.value(again.snapshot.value), value))
  })
)

it("is written in its present form with every comment, and the lines say what moved", async () => {
  await expect(written.text).toMatchFileSnapshot("./golden/olderConfig.after.json5")
  await expect(`${migrated.lines.join("\n")}\n`).toMatchFileSnapshot(
    "./golden/olderConfig.lines.txt"
  )
  // On one line a comment that ends with its line becomes one that ends by itself.
  for (const [, comment] of before.matchAll(/(?:\/\/|\/\*) (.*?)(?: \*\/)?$/gm))
    assert.lengthOf(written.text.split(comment ?? ""), 2)
  assert.deepStrictEqual(Migration.migrate(written.value).lines, [])
})

it("loses no value: each is somewhere now, or a line says that its place was taken", () => {
  const kept = leaves(migrated.value)
  const removed = migrated.lines.flatMap((line) => /^Removed (\S+) \(/.exec(line)?.[1] ?? [])
  const lost = leaves(document.value).filter(
    ({ path, value }) =>
      !kept.some(
        (leaf) =>
          JsonValue.equals(leaf.value, value) &&
          render(Migration.origin(migrated, leaf.path)) === render(path)
      ) && !removed.some((name) => render(path).startsWith(name))
  )
  // What became of these says the test above: a command and its arguments, a switch and a flag.
  assert.deepStrictEqual(
    lost.map(({ path }) => render(path)),
    [
      "routing.defaultAgentId",
      "routing.transcribeAudio.command.0",
      "routing.transcribeAudio.command.1",
      "routing.transcribeAudio.command.2",
      "routing.transcribeAudio.command.3",
      "messages.tts.enabled"
    ]
  )
})

for (const [text, problem, cured] of [
  ['{ "whatsapp": true }', "move it to channels.whatsapp", '{ "channels": { "whatsapp": true } }'],
  [
    '{ "routing": { "groupChat": "always" } }',
    "move it to agents.list[], bindings, channels, messages and tools",
    '{ "messages": { "groupChat": "always" } }'
  ]
] as const) {
  it.effect(`a value of another kind is left for the person: ${text}`, () =>
    Effect.gen(function* () {
      const fault = yield* Effect.flip(loadText(text))
      assert.include(JSON.stringify(fault), problem)
      assert.deepStrictEqual((yield* loadText(cured)).snapshot.migrations, [])
    })
  )
}
