/**
 * Configs of any content: commands that read say what is wrong and where, and change nothing; an
 * edit changes what was asked for and nothing else.
 */
import * as assert from "node:assert"
import * as fs from "node:fs"
import * as Json5Document from "@clawdbot/json5-edit/Json5Document"
import * as JsonValue from "@clawdbot/json5-edit/JsonValue"
import * as Fuzz from "@clawdbot/testing/Fuzz/Fuzz"
import { type Json, mutated, mutatedText, oddText } from "@clawdbot/testing/Fuzz/mutate"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Logger from "effect/Logger"
import * as fc from "fast-check"
import { run } from "../commandLine.ts"
import { configFile, home, storeFile, storeText } from "./home.ts"
import { assertJson, assertSaid, planted } from "./said.ts"

/** Where the provider is in the samples; replaced by where it really is. */
const provider = "http://provider.invalid"

const samples: ReadonlyArray<Json> = [
  {
    models: {
      providers: {
        anthropic: {
          baseUrl: provider,
          apiKey: planted.key,
          oauth: { tokenUrl: `${provider}/token` },
          headers: { "anthropic-beta": "x" },
          models: [{ id: "claude-x" }]
        }
      }
    },
    auth: {
      profiles: { "anthropic:key": { provider: "anthropic", mode: "api_key" } },
      order: { anthropic: ["anthropic:key"] },
      cooldowns: { billingBackoffHours: 5 }
    },
    agents: {
      defaults: {
        model: { primary: "anthropic/claude-opus-4-5", fallbacks: ["anthropic/claude-haiku-4-5"] },
        models: {
          "anthropic/claude-opus-4-5": { alias: "opus", params: { cacheControlTtl: "1h" } }
        }
      },
      list: [
        { id: "main", default: true, name: "Main" },
        { id: "bot", auth: { inheritFrom: "main" }, model: "opus" }
      ]
    },
    env: { NOTE: `\${HOME}`, shellEnv: { enabled: false } },
    gateway: { port: 18_789, bind: "loopback", auth: { mode: "token", token: planted.gateway } },
    channels: { telegram: { enabled: true, botToken: "t" } }
  },
  {
    agent: {
      model: "opus",
      allowedModels: ["opus"],
      modelAliases: { o: "anthropic/claude-opus-4-5" }
    },
    routing: { defaultAgentId: "bot", agents: { bot: { name: "b" } } },
    identity: { name: "me" },
    tools: { bash: { timeoutSec: 1 } },
    $include: "./more.json"
  },
  { $include: ["./more.json", "./missing.json"] },
  {}
]

const json = fc
  .tuple(mutated(samples), fc.constantFrom(undefined, 2, "\t"))
  .map(([value, space]) => JSON.stringify(value, null, space))
/** As people write it. */
const json5 = json.map(
  (text) => `// mine\n${text.replace(/"([a-z]+)":/gi, "$1: ").replace(/\n\}$/, ",\n}")}`
)
const text = fc.oneof(
  { weight: 4, arbitrary: json },
  { weight: 3, arbitrary: json5 },
  { weight: 3, arbitrary: mutatedText(fc.oneof(json, json5)) },
  { weight: 1, arbitrary: oddText }
)

const reading: ReadonlyArray<ReadonlyArray<string>> = [
  ["config", "validate"],
  ["config", "validate", "--json"],
  ["config", "get"],
  ["config", "get", "--json", "--source"],
  ["config", "migrate", "--dry-run"],
  ["config", "set", "gateway.port", "1", "--dry-run"],
  ["models", "status"],
  ["models", "status", "--json"],
  ["models", "list", "--json"],
  ["models", "aliases", "list"],
  ["models", "auth", "explain", "--json"],
  ["agents", "list"],
  ["doctor"],
  ["doctor", "--json"]
]
const paths = [
  ["gateway", "port"],
  ["agents", "defaults", "model", "primary"],
  ["auth", "profiles", "anthropic:new", "mode"],
  ["env", "NOTE"],
  ["agents", "list", 0, "name"]
] as const

const arbitrary = fc.record({
  main: text,
  more: fc.oneof(text, fc.constant("{}")),
  command: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...reading) },
    { weight: 1, arbitrary: fc.constant(undefined) }
  ),
  path: fc.constantFrom(...paths),
  value: fc.constantFrom("7", '"x"', "api_key", "anthropic/claude-opus-4-5")
})

const rendered = (path: ReadonlyArray<string | number>): string =>
  path
    .map((step) => {
      if (typeof step === "number") return `[${step}]`
      return /[:.]/.test(step) ? `["${step}"]` : `.${step}`
    })
    .join("")
    .replace(/^\./, "")

const valueOf = (document: string): unknown =>
  Either.getOrUndefined(Either.map(Json5Document.parse(document), ({ value }) => value))

/** The kind. */
export const config = Fuzz.kind(
  "config",
  arbitrary,
  Effect.map(home, ({ fill, folder, url }) => async (input) => {
    const file = `${folder}/${configFile}`
    const placed = (document: string) => document.replaceAll(provider, url)
    fill({
      [configFile]: placed(input.main),
      ".clawdbot/more.json": placed(input.more),
      [storeFile]: storeText
    })
    const before = fs.readFileSync(file, "utf8")
    const argv = input.command ?? ["config", "set", rendered(input.path), input.value]
    const ran = await Effect.runPromise(
      run(folder, argv).pipe(Effect.provide(Logger.remove(Logger.defaultLogger)))
    )
    assertSaid(ran, { texts: [input.main, input.more] })
    assertJson(argv, ran)
    assert.strictEqual(fs.readFileSync(`${folder}/${storeFile}`, "utf8"), storeText, "the store")
    const after = fs.readFileSync(file, "utf8")
    if (input.command !== undefined || ran.status !== 0) {
      assert.strictEqual(after, before, "a config that was only read is another one now")
      return
    }
    // Older keys are written anew with an edit; what is left of the rest is the person's.
    if (/old key names/.test(ran.stderr)) return
    const [old, now] = [valueOf(before), valueOf(after)]
    const wanted = JsonValue.set(old, [...input.path], JsonValue.get(now, [...input.path]))
    const isInclude = JsonValue.has(old, ["$include"])
    if (!isInclude) assert.ok(JsonValue.equals(now, wanted), "an edit changed something else")
    const comments = before.match(/^\/\/ mine$/gm)?.length ?? 0
    assert.strictEqual(after.match(/^\/\/ mine$/gm)?.length ?? 0, comments, "a comment is gone")
  })
)
