/** nst/JSONTestSuite: texts that others write, in every place where this program reads JSON. */
import * as CacheTtl from "@clawdbot/domain/Anthropic/CacheTtl"
import * as ErrorEnvelope from "@clawdbot/domain/Anthropic/ErrorEnvelope"
import * as RequestScan from "@clawdbot/domain/Anthropic/RequestScan"
import * as Login from "@clawdbot/domain/ClaudeCode/credentialsDocument"
import { classify, classifyEvent } from "@clawdbot/domain/Health/classify"
import * as HealthDocument from "@clawdbot/domain/Health/HealthDocument"
import * as JournalEntry from "@clawdbot/domain/OAuth/JournalEntry"
import { readAnswer } from "@clawdbot/domain/OAuth/tokenAnswer"
import * as ProfileDocument from "@clawdbot/domain/Profile/ProfileDocument"
import * as UsageCell from "@clawdbot/domain/Usage/UsageCell"
import * as Json from "@clawdbot/json5-edit/Json"
import * as JsonText from "@clawdbot/json5-edit/JsonText"
import { parse as parseStore } from "@clawdbot/node/Profile/parseStore"
import { assert } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { conforms, data } from "./suite.ts"

interface Input {
  readonly name: string
  readonly base64?: string
  /** A text and how often it stands there. */
  readonly repeat?: readonly [string, number]
}

const { cases } = data<{ readonly cases: ReadonlyArray<Input> }>("json-test-suite.json", {
  cases: []
})

const parsed = (text: string): { readonly value: unknown } | undefined => {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}

const asked = { model: "claude-opus-4-5", path: "/v1/messages" }
const header = () => undefined

const conform = (id: string, check: (text: string, bytes: Buffer) => void) =>
  cases.map(({ base64 = "", name, repeat }) => ({
    id: `${id}: ${name}`,
    check: () => {
      const [part, times] = repeat ?? ["", 0]
      const bytes = Buffer.concat([Buffer.from(base64, "base64"), Buffer.from(part.repeat(times))])
      check(bytes.toString("utf8"), bytes)
    }
  }))

/** Where the input stands in a document that is otherwise whole. */
const inStore = (text: string): ReadonlyArray<string> => [
  `{"version":1,"profiles":{"x":${text}}}`,
  `{"version":1,"profiles":{"x":{"type":"api_key","provider":"anthropic","key":${text}}}}`,
  `{"version":1,"profiles":{},"order":${text},"lastGood":${text},"usageStats":${text}}`,
  `{"version":${text},"profiles":{}}`
]

const isNewer = (version: unknown): boolean =>
  (typeof version === "number" || typeof version === "string") && Number(version) > 1

const field = (value: unknown, key: string): unknown =>
  typeof value === "object" && value !== null && Object.hasOwn(value, key)
    ? Object.getOwnPropertyDescriptor(value, key)?.value
    : undefined

const short = (value: unknown): string | undefined =>
  typeof value === "string" ? value : undefined

conforms("JSONTestSuite", [
  ...conform("a document is JSON or it is not", (text) => {
    assert.strictEqual(Either.isRight(Json.parse(text)), parsed(text) !== undefined)
  }),
  ...conform("as a store", (text) => {
    const read = parseStore("store", text)
    if (parsed(text) === undefined) assert.isTrue(Either.isLeft(read))
  }),
  ...conform("inside a store", (text) => {
    for (const store of inStore(text)) {
      const read = parseStore("store", store)
      assert.strictEqual(
        Either.isRight(read),
        parsed(store) !== undefined && !isNewer(field(parsed(store)?.value, "version"))
      )
      if (Either.isRight(read)) {
        const again = Redacted.value(ProfileDocument.encode(read.right))
        assert.strictEqual(JsonText.change(store, again), store)
      }
    }
  }),
  ...conform("as a health file, a journal entry, a login, a line of usage", (text) => {
    const value = parsed(text)?.value
    HealthDocument.decode(value)
    HealthDocument.decode({ version: 1, profiles: { x: value } })
    HealthDocument.decode({
      version: 1,
      profiles: {
        x: { secretFingerprint: "f", windows: [value], ladder: value, needsLogin: value }
      }
    })
    JournalEntry.decode(value)
    JournalEntry.decode({ state: "answered", at: value, grant: value })
    Login.decode(value)
    Login.decode({ claudeAiOauth: value })
    UsageCell.fromText(text)
  }),
  ...conform("as the answer of a token endpoint", (text) => {
    for (const status of [200, 400, 401, 429, 500]) {
      for (const body of [text, `{"access_token":${text}}`, `{"error":${text}}`])
        readAnswer({ status, retryAfter: undefined, body, now: 0 })
    }
  }),
  ...conform("as the body of an error", (text) => {
    for (const body of [text, `{"type":"error","error":${text}}`]) {
      ErrorEnvelope.read(body)
      for (const status of [400, 401, 402, 403, 404, 429, 500, 529])
        classify({ status, header, body, now: 0, asked })
      classifyEvent(body, header, 0, asked)
    }
  }),
  ...conform("as a request's body, or a part of one", (text, bytes) => {
    RequestScan.scan(bytes)
    for (const around of [
      (part: Buffer) => [`{"model":"m","stream":true,"metadata":{"user_id":"u"},"x":`, part, "}"],
      (part: Buffer) => [`{"x":`, part, `,"model":"m","stream":true,"metadata":{"user_id":"u"}}`],
      (part: Buffer) => [`{"model":`, part, `,"stream":true,"metadata":{"user_id":"u"}}`],
      (part: Buffer) => [`{"metadata":{"user_id":`, part, `},"model":"m","stream":true}`]
    ]) {
      const body = Buffer.concat(around(bytes).map((part) => Buffer.from(part)))
      const facts = RequestScan.scan(body)
      const whole = parsed(body.toString("utf8"))
      if (whole === undefined) continue
      assert.strictEqual(facts.model, short(field(whole.value, "model")))
      assert.strictEqual(facts.stream, true)
      assert.strictEqual(facts.userId, short(field(field(whole.value, "metadata"), "user_id")))
    }
    assert.isTrue(text.length >= 0)
  }),
  ...conform("the lifetime of cache entries is spliced into JSON only", (text, bytes) => {
    if (parsed(text) === undefined)
      assert.strictEqual(CacheTtl.splice(bytes, "1h")._tag, "Unchanged")
  }),
  ...conform("a splice adds its lifetimes and changes no byte", (_, bytes) => {
    for (const [before = "", after = ""] of [
      ['{"system":[{"type":"text","cache_control":{"type":"ephemeral"}},', "]}"],
      ['{"x":', ',"tools":[{"cache_control":{"type":"ephemeral"}}]}']
    ]) {
      const body = Buffer.concat([Buffer.from(before), bytes, Buffer.from(after)])
      const result = CacheTtl.splice(body, "1h")
      if (result._tag !== "Spliced") continue
      const spliced = Buffer.from(result.body).toString("latin1")
      assert.strictEqual(spliced.replaceAll('"ttl":"1h",', ""), body.toString("latin1"))
    }
  })
])
