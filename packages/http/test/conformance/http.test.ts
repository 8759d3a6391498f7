/**
 * HTTP/1.1 in bytes: requests and answers after RFC 9110 and 9112, and payloads that split servers
 * (narfindustries/http-garden). Nothing reaches the provider as a second or a foreign request, what
 * is cut off never looks whole, and what is of one connection stays there.
 */
import { defined } from "@clawdbot/domain/Document/defined"
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { configFor, type RawRequest, type RawUpstream, rawUpstream } from "../rawUpstream.ts"
import { clientToken, keys, withGateway } from "../world.ts"
import { type Case, conforms, data } from "./suite.ts"
import { send, type WireAnswer, type WireAnswers } from "./wire.ts"

interface RequestExpectation {
  readonly status?: number
  readonly statusIn?: ReadonlyArray<number>
  readonly statuses?: ReadonlyArray<number>
  /** Closed without an answer, or one of these. */
  readonly closedOr?: ReadonlyArray<number>
  readonly upstream?: number
  readonly notUpstream?: ReadonlyArray<string>
  readonly upstreamHas?: Readonly<Record<string, string>>
  readonly upstreamAll?: Readonly<Record<string, ReadonlyArray<string>>>
  readonly upstreamPath?: string
  readonly upstreamOnly?: string
  readonly upstreamPrefix?: string
  readonly body?: string
  readonly noBody?: boolean
  readonly interim?: ReadonlyArray<number>
  readonly notHeader?: ReadonlyArray<string>
  readonly closes?: boolean
  readonly notSmuggled?: boolean
}

interface RequestCase {
  readonly id: string
  readonly head: ReadonlyArray<string>
  readonly body: string
  readonly expect: RequestExpectation
  readonly answer?: "ok" | "chunked"
  readonly waitFor100?: boolean
  readonly endAfter?: boolean
}

interface AnswerExpectation {
  readonly status?: number
  readonly statusIn?: ReadonlyArray<number>
  readonly body?: string
  readonly bodyIfOk?: string
  readonly header?: Readonly<Record<string, string>>
  readonly headerAll?: Readonly<Record<string, ReadonlyArray<string>>>
  readonly notHeader?: ReadonlyArray<string>
  readonly notHeaderValue?: Readonly<Record<string, string>>
  readonly cut?: boolean
  readonly whole?: boolean
  readonly nextIsClean?: boolean
  readonly upstream?: number
}

interface AnswerCase {
  readonly id: string
  readonly answer: string
  readonly expect: AnswerExpectation
  readonly closeUpstream?: boolean
  readonly method?: string
}

interface Payload {
  readonly id: string
  /** With the escapes of a Python literal. */
  readonly payload: string
}

const { garden, requests, responses } = data<{
  readonly requests: ReadonlyArray<RequestCase>
  readonly responses: ReadonlyArray<AnswerCase>
  readonly garden: ReadonlyArray<Payload>
}>("http.json", { requests: [], responses: [], garden: [] })

const json = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
const plainAnswers = {
  ok: `${json}content-length: 2\r\n\r\n{}`,
  chunked: `${json}transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`
}

/** A test with a gateway before an upstream that answers in bytes. */
const withRaw = (
  answer: (request: RawRequest) => void,
  test: (started: { readonly port: number; readonly upstream: RawUpstream }) => Promise<void>
): Promise<void> =>
  Effect.gen(function* () {
    const upstream = yield* rawUpstream(answer)
    yield* withGateway({ script: {}, stores: keys("ka"), config: configFor(upstream) }, (started) =>
      Effect.promise(() => test({ port: started.gateway.port, upstream }))
    )
  }).pipe(Effect.scoped, Effect.runPromise)

const fieldsOf = ({ head }: RawRequest, name: string): ReadonlyArray<string> =>
  head
    .split("\r\n")
    .slice(1)
    .filter((line) => line.toLowerCase().startsWith(`${name}:`))
    .map((line) => line.slice(name.length + 1).trim())

const pathOf = ({ head }: RawRequest): string => head.split(" ")[1] ?? ""

const assertUpstream = (expect: RequestExpectation, seen: ReadonlyArray<RawRequest>) => {
  if (expect.upstream !== undefined) assert.strictEqual(seen.length, expect.upstream, "upstream")
  assert.isAtMost(seen.length, Math.max(1, expect.upstream ?? 1), "one request became several")
  for (const request of seen) {
    // The one credential is the gateway's, whatever the client sent.
    assert.deepStrictEqual(fieldsOf(request, "x-api-key"), ["ka"])
    assert.notInclude(request.head, clientToken)
    if (expect.upstreamPath !== undefined)
      assert.strictEqual(pathOf(request), expect.upstreamPath, "path")
    if (expect.upstreamOnly !== undefined)
      assert.strictEqual(pathOf(request), expect.upstreamOnly, "path")
    if (expect.upstreamPrefix !== undefined)
      assert.isTrue(pathOf(request).startsWith(expect.upstreamPrefix), pathOf(request))
    for (const name of expect.notUpstream ?? [])
      assert.deepStrictEqual(fieldsOf(request, name), [], name)
    for (const [name, value] of Object.entries(expect.upstreamHas ?? {}))
      assert.deepStrictEqual(fieldsOf(request, name), [value], name)
    for (const [name, values] of Object.entries(expect.upstreamAll ?? {}))
      assert.deepStrictEqual(fieldsOf(request, name), values, name)
  }
  if (expect.body !== undefined) assert.strictEqual(seen[0]?.body, expect.body, "body")
}

const assertAnswers = (expect: RequestExpectation, heard: WireAnswers) => {
  const [first] = heard.answers
  const statuses = heard.answers.map(({ status }) => status)
  if (expect.status !== undefined) assert.deepStrictEqual(statuses, [expect.status])
  if (expect.statuses !== undefined) assert.deepStrictEqual(statuses, expect.statuses)
  if (expect.statusIn !== undefined) assert.include(expect.statusIn, first?.status)
  if (expect.closedOr !== undefined) {
    if (first === undefined) assert.isTrue(heard.isClosed, "neither answered nor closed")
    else assert.include(expect.closedOr, first.status)
  }
  if (expect.interim !== undefined) assert.deepStrictEqual(heard.interim, expect.interim)
  if (expect.noBody === true) assert.strictEqual(heard.answers.length, 1)
  for (const name of expect.notHeader ?? []) assert.isFalse(first?.headers.has(name), name)
  if (expect.closes === true) assert.isTrue(heard.isClosed, "the connection stays open")
}

const requestCase = ({
  answer,
  body,
  endAfter,
  expect,
  head,
  id,
  waitFor100
}: RequestCase): Case => ({
  id: `request: ${id}`,
  check: () =>
    withRaw(
      ({ head: seen, socket }) => {
        const whole = plainAnswers[answer ?? "ok"]
        const isHead = seen.startsWith("HEAD ")
        socket.write(isHead ? whole.slice(0, whole.indexOf("\r\n\r\n") + 4) : whole)
      },
      async ({ port, upstream }) => {
        const fill = (text: string) =>
          text
            .replaceAll("$HOST", `127.0.0.1:${port}`)
            .replaceAll("$TOKEN", clientToken)
            .replaceAll("$LARGE", "x".repeat(300 * 1024))
        const bytes = `${fill(head.join("\r\n"))}\r\n\r\n`
        const rest = fill(body)
        const method = head[0]?.split(" ")[0] ?? ""
        const heard = await send(port, waitFor100 === true ? bytes : bytes + rest, {
          ...defined({ after100: waitFor100 === true ? rest : undefined }),
          isHalfClosed: endAfter === true,
          wanted: expect.statuses?.length ?? 1,
          quietMs: 1_500,
          methods: [method, method]
        })
        assertAnswers(expect, heard)
        assertUpstream(expect, upstream.requests)
      }
    )
})

const chunks = (text: string): string =>
  `${Buffer.byteLength(text).toString(16)}\r\n${Buffer.from(text).toString("latin1")}\r\n0\r\n\r\n`

const stream = (newline: string): string =>
  [
    'event: message_start|data: {"type":"message_start"}||',
    'event: content_block_start|data: {"type":"content_block_start"}||',
    'event: message_stop|data: {"type":"message_stop"}||'
  ]
    .join("")
    .replaceAll("|", newline)

const streams: Readonly<Record<string, string>> = {
  $SSE_CRLF: stream("\r\n"),
  $SSE_CR: stream("\r"),
  $SSE_BOM: `\ufeff${stream("\n")}`,
  $SSE_NOEND: stream("\n").replace(/\n\n$/, "\n")
}

const assertAnswer = (expect: AnswerExpectation, heard: WireAnswers, sent: string) => {
  const [first] = heard.answers
  if (expect.cut === true) {
    const isCut = first === undefined || first.status >= 500 || !first.isWhole
    assert.isTrue(isCut, "what is cut off looks whole")
    return
  }
  assert.isDefined(first)
  const answer: WireAnswer = first
  if (expect.status !== undefined) assert.strictEqual(answer.status, expect.status)
  if (expect.statusIn !== undefined) assert.include(expect.statusIn, answer.status)
  assert.isTrue(answer.isWhole, "the answer is cut off")
  if (expect.body !== undefined) assert.strictEqual(answer.body, expect.body)
  if (expect.bodyIfOk !== undefined && answer.status === 200)
    assert.strictEqual(answer.body, expect.bodyIfOk)
  if (expect.whole === true) assert.strictEqual(answer.body, sent)
  for (const [name, value] of Object.entries(expect.header ?? {}))
    assert.deepStrictEqual(answer.headers.get(name), [value], name)
  for (const [name, values] of Object.entries(expect.headerAll ?? {}))
    assert.deepStrictEqual(answer.headers.get(name), values, name)
  for (const name of expect.notHeader ?? []) assert.isFalse(answer.headers.has(name), name)
  for (const [name, value] of Object.entries(expect.notHeaderValue ?? {}))
    assert.notInclude(answer.headers.get(name) ?? [], value, name)
}

const answerCase = ({ answer, closeUpstream, expect, id, method = "POST" }: AnswerCase): Case => ({
  id: `answer: ${id}`,
  check: async () => {
    const [name, text = ""] = Object.entries(streams).find(([key]) => answer.includes(key)) ?? []
    const bytes = name === undefined ? answer : answer.replace(name, chunks(text))
    let answered = 0
    await withRaw(
      ({ socket }) => {
        answered += 1
        if (answered > 1 && expect.nextIsClean === true) socket.write(plainAnswers.ok)
        else socket.write(bytes, "latin1")
        if (closeUpstream === true) socket.end()
      },
      async ({ port, upstream }) => {
        const ask = () => {
          const body = method === "HEAD" ? "" : JSON.stringify({ model: "m", stream: true })
          const path = method === "HEAD" ? "/v1/models" : "/v1/messages"
          const lines = [
            `${method} ${path} HTTP/1.1`,
            `host: 127.0.0.1:${port}`,
            `x-api-key: ${clientToken}`,
            `content-length: ${body.length}`
          ]
          return send(port, `${lines.join("\r\n")}\r\n\r\n${body}`, {
            wanted: 1,
            quietMs: 4_000,
            methods: [method]
          })
        }
        assertAnswer(expect, await ask(), Buffer.from(text).toString("latin1"))
        if (expect.nextIsClean === true) {
          const [next] = (await ask()).answers
          assert.deepStrictEqual([next?.status, next?.body], [200, "{}"])
        }
        if (expect.upstream !== undefined)
          assert.strictEqual(upstream.requests.length, expect.upstream)
        for (const request of upstream.requests)
          assert.deepStrictEqual(fieldsOf(request, "x-api-key"), ["ka"])
      }
    )
  }
})

const escapes: Readonly<Record<string, string>> = { r: "\r", n: "\n", t: "\t" }

/** The bytes that a payload stands for. */
const literal = (payload: string): string =>
  payload.replace(/\\(?:x([0-9a-f]{2})|(.))/gi, (_, hex: string | undefined, sign: string) =>
    hex === undefined ? (escapes[sign] ?? sign) : String.fromCharCode(Number.parseInt(hex, 16))
  )

/** The payload as a client with a token would send it to this gateway. */
const known = (bytes: string, port: number): string =>
  bytes
    .replaceAll(/^host: ?[^\r\n\0]*/gim, `Host: 127.0.0.1:${port}\r\nx-api-key: ${clientToken}`)
    .replace(/^(GET|POST) +\S+ /, "POST /v1/messages ")

const payloadCase = ({ id, payload }: Payload): Case => ({
  id: `payload: ${id}`,
  check: () =>
    withRaw(
      ({ socket }) => socket.write(plainAnswers.ok),
      async ({ port, upstream }) => {
        const bytes = literal(payload)
        const options = { wanted: 2, quietMs: 120, methods: ["GET", "GET"] }
        await send(port, bytes, options)
        assert.deepStrictEqual(upstream.requests, [], "as it is")
        await send(port, known(bytes, port), options)
        // Each of the payload's own requests that carries the token may pass, under its own path.
        const meant = bytes.match(/^(?:GET|POST) /gm)?.length ?? 0
        assert.isAtMost(upstream.requests.length, Math.max(1, meant), "with a token")
        for (const request of upstream.requests) {
          assert.deepStrictEqual(fieldsOf(request, "x-api-key"), ["ka"])
          assert.notInclude(request.head, clientToken)
          assert.isAtMost(fieldsOf(request, "content-length").length, 1)
          assert.notMatch(request.head, /[\0]|\r(?!\n)|(?<!\r)\n/)
        }
      }
    )
})

conforms("HTTP", [
  ...requests.map(requestCase),
  ...responses.map(answerCase),
  ...garden.map(payloadCase)
])
