/**
 * Requests of any form: each is answered or refused, what passes reaches the provider byte for byte
 * with the gateway's credential and no other, and the gateway goes on.
 */
import * as assert from "node:assert"
import * as Fuzz from "@clawdbot/testing/Fuzz/Fuzz"
import { type Json, mutatedDocument, mutatedText, oddText } from "@clawdbot/testing/Fuzz/mutate"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { send } from "../conformance/wire.ts"
import { adminToken, clientToken } from "../world.ts"
import { openGateway, planted } from "./gateway.ts"

const bodies: ReadonlyArray<Json> = [
  { model: "claude-opus-4-5", max_tokens: 1, messages: [{ role: "user", content: "hi" }] },
  {
    model: "claude-sonnet-4-5",
    stream: true,
    speed: "fast",
    metadata: { user_id: "user_1" },
    system: [{ type: "text", text: "s", cache_control: { type: "ephemeral" } }],
    tools: [
      {
        name: "t",
        input_schema: { type: "object" },
        cache_control: { type: "ephemeral", ttl: "1h" }
      },
      { type: "code_execution_20250825", name: "code_execution" }
    ],
    messages: [
      { role: "user", content: [{ type: "document", source: { type: "file", file_id: "file_1" } }] }
    ],
    container: "container_1"
  },
  { requests: [{ custom_id: "a", params: { model: "m", messages: [] } }] }
]

const paths = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      "/v1/messages",
      "/v1/messages?beta=true",
      "/v1/messages/count_tokens",
      "/v1/messages/batches",
      "/v1/messages/batches/msgbatch_1/results",
      "/v1/files",
      "/v1/files/file_1/content",
      "/v1/models",
      "/v1/skills/skill_1",
      "/v1/complete"
    )
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "/",
      "/healthz",
      "/readyz",
      "/metrics",
      "/clawdbot/",
      "/clawdbot/status",
      "/clawdbot/usage?by=%00&since=-1",
      "/clawdbot/requests?limit=1e9",
      "/v1/../clawdbot/status",
      "/v1//messages",
      "*",
      "http://127.0.0.1/v1/messages"
    )
  },
  { weight: 1, arbitrary: mutatedText(fc.constant("/v1/messages/batches/msgbatch_1?x=1#y")) }
)

const names = fc.constantFrom(
  "anthropic-version",
  "anthropic-beta",
  "x-clawdbot-session",
  "x-clawdbot-agent",
  "x-claude-code-session-id",
  "authorization",
  "cookie",
  "content-type",
  "content-encoding",
  "accept-encoding",
  "connection",
  "expect",
  "te",
  "trailer",
  "upgrade",
  "origin",
  "referer",
  "user-agent",
  "x-forwarded-for",
  "retry-after",
  "range",
  "x-odd"
)
/** What a header line can hold at all; the rest comes with the changes of the whole text. */
const headerValue = fc.oneof(
  fc.constantFrom(
    "gzip",
    "close",
    "keep-alive",
    "100-continue",
    "chunked",
    "bytes=0-1",
    "a,,b",
    ""
  ),
  oddText.map((text) => text.replace(/[^\t\x20-\x7e\x80-\xff]/g, "?").slice(0, 4_000))
)

const arbitrary = fc.record({
  method: fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom("POST", "GET", "HEAD", "DELETE") },
    {
      weight: 1,
      arbitrary: fc.constantFrom("PUT", "PATCH", "OPTIONS", "TRACE", "TRACK", "CONNECT", "X")
    }
  ),
  path: paths,
  headers: fc.array(fc.tuple(names, headerValue), { maxLength: 5 }),
  body: mutatedDocument(bodies),
  framing: fc.oneof(
    { weight: 6, arbitrary: fc.constant("length" as const) },
    { weight: 2, arbitrary: fc.constant("chunked" as const) },
    { weight: 1, arbitrary: fc.constantFrom("short" as const, "long" as const, "none" as const) }
  ),
  /** Whether the head is sent as it is, or changed. */
  isWhole: fc.integer({ min: 0, max: 9 }).map((chance) => chance > 0),
  changes: mutatedText(fc.constant("\r\n"), 2)
})

type Input = typeof arbitrary extends fc.Arbitrary<infer A> ? A : never

/** Which run a request is of: one that was given up may reach the provider during the next. */
const runHeader = "x-fuzz-run"

const bytesOf = (
  { body, changes, framing, headers, isWhole, method, path }: Input,
  port: number,
  run: string
) => {
  const bytes = Buffer.from(body).toString("latin1")
  const lengths: Readonly<Record<Input["framing"], ReadonlyArray<string>>> = {
    length: [`content-length: ${bytes.length}`],
    short: [`content-length: ${Math.max(0, bytes.length - 3)}`],
    long: [`content-length: ${bytes.length + 3}`],
    chunked: ["transfer-encoding: chunked"],
    none: []
  }
  const head = [
    `${method} ${path} HTTP/1.1`,
    `host: 127.0.0.1:${port}`,
    `x-api-key: ${clientToken}`,
    `${runHeader}: ${run}`,
    ...lengths[framing],
    ...headers.map(([name, value]) => `${name}: ${value}`)
  ].join("\r\n")
  const sent =
    framing === "chunked" ? `${bytes.length.toString(16)}\r\n${bytes}\r\n0\r\n\r\n` : bytes
  return { head: `${head}${isWhole ? "\r\n\r\n" : `${changes}\r\n\r\n`}`, body: sent, bytes }
}

/** Whether it is a request as any client sends it, which has to be answered. */
const isPlain = ({ framing, headers, isWhole, method, path }: Input): boolean =>
  isWhole &&
  ["POST", "GET", "DELETE"].includes(method) &&
  /^\/[\x21-\x7e]*$/.test(path) &&
  framing === "length" &&
  headers.every(([name]) => !["connection", "expect", "upgrade", "te", "trailer"].includes(name))

const secrets = [planted, adminToken]
const answer = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"
const isBodied = (method: string): boolean => method === "POST"

/** The kind. */
export const requests = Fuzz.kind(
  "requests",
  arbitrary,
  Effect.gen(function* () {
    let runs = 0
    const seen: Array<{ readonly head: string; readonly body: string }> = []
    const { port } = yield* openGateway((request) => {
      seen.push(request)
      request.socket.write(
        request.head.startsWith("HEAD ") ? answer.slice(0, answer.indexOf("\r\n\r\n") + 4) : answer
      )
    })
    return async (input: Input) => {
      const run = `run-${++runs}-`
      const plain = isPlain(input)
      const { body, bytes, head } = bytesOf(input, port, run)
      const heard = await send(port, head + body, {
        wanted: 1,
        quietMs: plain ? Fuzz.limitMs - 500 : 60,
        methods: [input.method, "GET", "GET"]
      })
      const text = JSON.stringify(heard.answers.map((one) => [...one.headers, one.body]))
      for (const secret of secrets) assert.ok(!text.includes(secret), "a secret is in the answer")
      assert.doesNotMatch(text, /\\n\s+at .*:\d+:\d+/, "a stack trace is in the answer")
      const [first] = heard.answers
      if (plain) {
        assert.ok(first !== undefined, "a plain request is not answered")
        assert.ok(first.isWhole, "the answer to a plain request is cut off")
        assert.ok(first.status < 500 || first.status === 529, `status ${first.status}`)
      }
      for (const { body: arrived, head: sent } of seen.splice(0)) {
        assert.ok(!sent.includes(clientToken), "the client's token reached the provider")
        assert.match(sent, new RegExp(`^x-api-key: ${planted}\\r?$`, "im"))
        const isOurs = sent.includes(`${runHeader}: ${run}`)
        if (plain && isOurs && isBodied(input.method))
          assert.strictEqual(arrived, bytes, "other bytes")
      }
    }
  })
)
