/**
 * Answers of a provider in any form: a client is answered or cut off, nothing of the gateway's is
 * told, and the gateway goes on.
 */
import * as assert from "node:assert"
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import * as Credential from "@clawdbot/domain/Profile/Credential"
import { secretFingerprint } from "@clawdbot/domain/Profile/Credential"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import * as ProviderId from "@clawdbot/domain/Profile/ProviderId"
import * as Fuzz from "@clawdbot/testing/Fuzz/Fuzz"
import { type Json, mutatedDocument, mutatedText, oddText } from "@clawdbot/testing/Fuzz/mutate"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as fc from "fast-check"
import { send } from "../conformance/wire.ts"
import { adminToken, clientToken } from "../world.ts"
import { openGateway, planted } from "./gateway.ts"

const documents: ReadonlyArray<Json> = [
  {
    id: "msg_1",
    type: "message",
    content: [{ type: "text", text: "hi" }],
    usage: { input_tokens: 1, output_tokens: 2, cache_creation: { ephemeral_5m_input_tokens: 1 } }
  },
  {
    type: "error",
    error: { type: "rate_limit_error", message: "slow", details: { error_code: "x" } }
  },
  {
    type: "error",
    error: { type: "invalid_request_error", message: "Your credit balance is too low" }
  },
  { type: "error", error: { type: "authentication_error", message: "invalid x-api-key" } },
  { id: "file_1", type: "file" }
]
const events: ReadonlyArray<readonly [string, Json]> = [
  ["message_start", { type: "message_start", message: { usage: { input_tokens: 1 } } }],
  ["ping", { type: "ping" }],
  ["content_block_start", { type: "content_block_start", index: 0 }],
  [
    "content_block_delta",
    { type: "content_block_delta", delta: { type: "text_delta", text: "x" } }
  ],
  ["message_delta", { type: "message_delta", usage: { output_tokens: 3 } }],
  ["message_stop", { type: "message_stop" }],
  ["error", { type: "error", error: { type: "overloaded_error", message: "m" } }]
]
const event = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...events) },
  { weight: 1, arbitrary: fc.tuple(oddText, fc.constant<Json>({})) }
)
const stream = mutatedText(
  fc
    .tuple(fc.array(event, { maxLength: 8 }), fc.constantFrom("\n", "\r\n", "\r"))
    .map(([all, newline]) =>
      all
        .map(
          ([name, data]) =>
            `event: ${name}${newline}data: ${JSON.stringify(data)}${newline}${newline}`
        )
        .join("")
    ),
  2
)
const headerNames = fc.constantFrom(
  "retry-after",
  "retry-after-ms",
  "request-id",
  "anthropic-organization-id",
  "anthropic-ratelimit-requests-remaining",
  "anthropic-ratelimit-requests-limit",
  "anthropic-ratelimit-requests-reset",
  "anthropic-ratelimit-unified-status",
  "anthropic-ratelimit-unified-reset",
  "anthropic-ratelimit-unified-5h-utilization",
  "anthropic-ratelimit-unified-5h-reset",
  "anthropic-ratelimit-unified-representative-claim",
  "content-encoding",
  "connection",
  "set-cookie",
  "date",
  "location",
  "x-should-retry"
)
const headerValue = fc.oneof(
  fc.constantFrom(
    "0",
    "1",
    "-1",
    "60",
    "1e300",
    "99999999999999999999",
    "NaN",
    "Infinity",
    "rejected",
    "allowed",
    "five_hour",
    "2027-01-01T00:00:00Z",
    "Thu, 01 Jan 1970 00:00:00 GMT",
    "gzip",
    "br",
    "close",
    "x-odd"
  ),
  oddText.map((text) => text.replace(/[^\t\x20-\x7e\x80-\xff]/g, "?").slice(0, 2_000))
)

const arbitrary = fc.record({
  status: fc.oneof(
    { weight: 4, arbitrary: fc.constant(200) },
    {
      weight: 3,
      arbitrary: fc.constantFrom(400, 401, 402, 403, 404, 413, 429, 500, 502, 503, 504, 529)
    },
    { weight: 1, arbitrary: fc.integer({ min: 100, max: 999 }) }
  ),
  headers: fc.array(fc.tuple(headerNames, headerValue), { maxLength: 4 }),
  body: fc.oneof(
    fc.record({ type: fc.constant("text/event-stream"), text: stream }),
    fc.record({
      type: fc.constantFrom("application/json", "text/html"),
      text: mutatedDocument(documents)
    })
  ),
  framing: fc.constantFrom("length", "chunked", "close", "short", "cut"),
  isRaw: fc.integer({ min: 0, max: 11 }).map((chance) => chance === 0),
  raw: mutatedText(fc.constant("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")),
  streamed: fc.boolean()
})

type Input = typeof arbitrary extends fc.Arbitrary<infer A> ? A : never

interface Played {
  readonly bytes: string
  readonly closes: boolean
}

const play = ({ body, framing, headers, isRaw, raw, status }: Input): Played => {
  if (isRaw) return { bytes: Buffer.from(raw).toString("latin1"), closes: true }
  const text = Buffer.from(body.text).toString("latin1")
  const lines = [
    `HTTP/1.1 ${status} Some`,
    `content-type: ${body.type}`,
    ...headers.map(([name, value]) => `${name}: ${value}`)
  ]
  const head = (more: ReadonlyArray<string>) => `${[...lines, ...more].join("\r\n")}\r\n\r\n`
  switch (framing) {
    case "length":
      return { bytes: `${head([`content-length: ${text.length}`])}${text}`, closes: false }
    case "chunked": {
      const size = text.length.toString(16)
      const chunk = text === "" ? "" : `${size}\r\n${text}\r\n`
      return { bytes: `${head(["transfer-encoding: chunked"])}${chunk}0\r\n\r\n`, closes: false }
    }
    case "short":
      return { bytes: `${head([`content-length: ${text.length + 5}`])}${text}`, closes: true }
    case "cut":
      return { bytes: head(["transfer-encoding: chunked"]), closes: true }
    default:
      return { bytes: `${head(["connection: close"])}${text}`, closes: true }
  }
}

const profile = ProfileId.of(`anthropic:${planted}`)
const fingerprint = secretFingerprint({
  type: "api_key",
  provider: ProviderId.anthropic,
  key: Redacted.make(planted),
  extra: Credential.noExtra
})

/** The kind. */
export const answers = Fuzz.kind(
  "answers",
  arbitrary,
  Effect.gen(function* () {
    let next: Played = { bytes: "", closes: true }
    const { health, port } = yield* openGateway(({ socket }) => {
      socket.write(next.bytes, "latin1")
      if (next.closes) socket.end()
    })
    return async (input: Input) => {
      next = play(input)
      const body = JSON.stringify({
        model: "claude-opus-4-5",
        max_tokens: 1,
        stream: input.streamed,
        messages: [{ role: "user", content: "hi" }]
      })
      const head = [
        "POST /v1/messages HTTP/1.1",
        `host: 127.0.0.1:${port}`,
        `x-api-key: ${clientToken}`,
        `content-length: ${body.length}`,
        "connection: close"
      ]
      const heard = await send(port, `${head.join("\r\n")}\r\n\r\n${body}`, {
        wanted: 99,
        quietMs: Fuzz.limitMs - 500,
        methods: ["POST"]
      })
      // A key that was refused would keep every later answer from being asked for.
      await Effect.runPromise(
        health.record(AgentId.main, profile, fingerprint, { _tag: "Cleared", at: Date.now() })
      )
      assert.ok(heard.isClosed, "the client is left waiting")
      const [first] = heard.answers
      const text = JSON.stringify(heard.answers.map((one) => [...one.headers, one.body]))
      for (const secret of [planted, adminToken, clientToken])
        if (!next.bytes.includes(secret)) assert.ok(!text.includes(secret), "a secret is told")
      assert.doesNotMatch(text, /\\n\s+at .*:\d+:\d+/, "a stack trace is told")
      const isCut = !input.isRaw && ["short", "cut"].includes(input.framing)
      const hasBody = ![204, 205, 304].includes(input.status) && input.status >= 200
      // An error event is the end of a stream, whatever follows; a 5xx may be the gateway's own
      // word.
      const isTold = input.status >= 500 || /^event: ?error$/m.test(first?.body ?? "")
      if (isCut && hasBody && !isTold && first?.status === input.status)
        assert.ok(!first.isWhole, "what was cut off looks whole")
    }
  })
)
