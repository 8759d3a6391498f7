/**
 * What the provider keeps for one workspace is asked for with the credential that created it. Two
 * credentials of two workspaces take turns: without pins every second request would miss.
 */
import { gzipSync } from "node:zlib"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { ask, body, type Started, withGateway } from "./world.ts"

const takingTurns = { script: { ka: () => Script.ok(), kb: () => Script.ok() } }

type Fields = Readonly<Record<string, unknown>>

const message = (fields: Fields) => ({ ...body, ...fields })
const parse = (text: string): Fields => JSON.parse(text)

/** The data of a stream's events. */
const eventsOf = (text: string): ReadonlyArray<Fields> =>
  [...text.matchAll(/^data: (.*)$/gm)].map(([, data = "{}"]) => parse(data))

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null
const at = (value: unknown, ...path: ReadonlyArray<string>): unknown =>
  path.reduce((found, key) => (isFields(found) ? found[key] : undefined), value)

/** What a whole message or a stream of it says, the last word counting. */
const said = (text: string, ...path: ReadonlyArray<string>): string =>
  String(
    (text.startsWith("{")
      ? [parse(text)]
      : eventsOf(text).flatMap((event) => [event.message, event.delta])
    )
      .map((part) => at(part, ...path))
      .findLast((value) => typeof value === "string")
  )

const get = (started: Started, path: string) => ask(started, { path, method: "GET" })

/** The credentials that requests about something were sent with, one after the other. */
const askedWith = ({ upstream }: Started, part: string) =>
  upstream.requests
    .filter(({ body: sent, path }) => path.includes(part) || sent.includes(part))
    .map(({ credential }) => credential)

describe("collections", () => {
  for (const name of [
    "skills",
    "sessions",
    "agents",
    "environments",
    "memory_stores",
    "vaults",
    "of_tomorrow"
  ]) {
    it.scopedLive(`${name} are asked for with the credential that created them`, () =>
      withGateway(takingTurns, (started) =>
        Effect.gen(function* () {
          const id = said(
            (yield* ask(started, { path: `/v1/${name}?beta=true`, body: {} })).text,
            "id"
          )
          for (const [path, method] of [
            [`/v1/${name}/${id}`, "GET"],
            [`/v1/${name}/${id}/versions?beta=true`, "POST"],
            [`/v1/${name}?after_id=${id}`, "GET"],
            [`/v1/${name}/${id}`, "DELETE"]
          ] as const) {
            assert.strictEqual((yield* ask(started, { path, method })).status, 200, path)
          }
          assert.deepStrictEqual(askedWith(started, id), ["ka", "ka", "ka", "ka"])
        })
      )
    )
  }

  it.scopedLive("a session is created where its agent is, whatever names it in the body", () =>
    withGateway(takingTurns, (started) =>
      Effect.gen(function* () {
        const agent = said((yield* ask(started, { path: "/v1/agents", body: {} })).text, "id")
        for (const naming of [
          { agent },
          { agent: { type: "agent", id: agent, version: 1 } },
          { resources: [{ type: "of_tomorrow", any_id: agent }] },
          { agents: ["agent_unknown", agent] }
        ]) {
          const made = yield* ask(started, { path: "/v1/sessions", body: naming })
          assert.strictEqual(made.status, 200, JSON.stringify(naming))
        }
        assert.deepStrictEqual(askedWith(started, agent), ["ka", "ka", "ka", "ka"])
      })
    )
  )

  it.scopedLive("what was created elsewhere stays with the credential that found it", () =>
    withGateway(takingTurns, (started) =>
      Effect.gen(function* () {
        const headers = { "x-api-key": "ka", "anthropic-version": "2023-06-01" }
        const elsewhere = yield* Effect.promise(() =>
          fetch(`${started.upstream.url}/v1/files`, { method: "POST", headers, body: "x" })
        )
        const id = said(yield* Effect.promise(() => elsewhere.text()), "id")
        const found = yield* get(started, `/v1/files/${id}`)
        const other = found.status === 200 ? found : yield* get(started, `/v1/files/${id}`)
        assert.strictEqual(other.status, 200)
        for (let round = 0; round < 3; round++) {
          assert.strictEqual((yield* get(started, `/v1/files/${id}`)).status, 200)
        }
      })
    )
  )
})

describe("message threads", () => {
  for (const stream of [false, true]) {
    it.scopedLive(`go on with the credential that began them (stream: ${stream})`, () =>
      withGateway(takingTurns, (started) =>
        Effect.gen(function* () {
          let thread: Fields = { type: "create" }
          for (let round = 0; round < 4; round++) {
            const answer = yield* ask(started, { body: message({ stream, thread }) })
            assert.strictEqual(answer.status, 200, answer.text)
            thread = { type: "continue", previous_message_id: said(answer.text, "id") }
          }
          assert.deepStrictEqual(askedWith(started, '"thread"'), ["ka", "ka", "ka", "ka"])
        })
      )
    )
  }

  it.scopedLive(
    "one that is not known here is the provider's to refuse, and nothing cools down",
    () =>
      withGateway(takingTurns, (started) =>
        Effect.gen(function* () {
          const thread = { type: "continue", previous_message_id: "msg_elsewhere" }
          const answer = yield* ask(started, { body: message({ thread }) })
          assert.strictEqual(answer.status, 404)
          assert.strictEqual(
            at(parse(answer.text), "error", "details", "error_code"),
            "thread_not_found"
          )
          assert.strictEqual((yield* ask(started)).status, 200)
          assert.strictEqual(started.upstream.requests.length, 2)
        })
      )
  )
})

const runsCode = { tools: [{ type: "code_execution_20260521", name: "code_execution" }] }

describe("containers", () => {
  for (const [how, stream, gzip] of [
    ["whole", false, false],
    ["packed", false, true],
    ["streamed", true, false]
  ] as const) {
    it.scopedLive(`and the files made in them stay with their credential (${how})`, () =>
      withGateway(
        { script: { ka: () => Script.ok({ gzip }), kb: () => Script.ok({ gzip }) } },
        (started) =>
          Effect.gen(function* () {
            const first = yield* ask(started, { body: message({ stream, ...runsCode }) })
            const container = said(first.text, "container", "id")
            const file = /"file_id":"([^"]+)"/.exec(first.text)?.[1] ?? ""
            assert.notStrictEqual(file, "")
            for (const named of [container, { id: container }]) {
              const again = yield* ask(started, {
                body: message({ stream, container: named, ...runsCode })
              })
              assert.strictEqual(again.status, 200, again.text)
            }
            assert.strictEqual((yield* get(started, `/v1/files/${file}/content`)).status, 200)
            assert.deepStrictEqual(askedWith(started, container), ["ka", "ka"])
            assert.deepStrictEqual(askedWith(started, file), ["ka"])
          })
      )
    )
  }

  it.scopedLive("are made where their uploaded skills are; the provider's own are everywhere", () =>
    withGateway(takingTurns, (started) =>
      Effect.gen(function* () {
        const skill = said((yield* ask(started, { path: "/v1/skills", body: {} })).text, "id")
        const skills = [
          { type: "anthropic", skill_id: "pptx" },
          { type: "custom", skill_id: skill }
        ]
        for (let round = 0; round < 3; round++) {
          const answer = yield* ask(started, { body: message({ container: { skills } }) })
          assert.strictEqual(answer.status, 200, answer.text)
        }
        assert.deepStrictEqual(askedWith(started, skill), ["ka", "ka", "ka"])
        yield* get(started, "/v1/skills/pptx")
        const own = message({ container: { skills: skills.slice(0, 1) } })
        const before = started.upstream.requests.length
        for (let round = 0; round < 2; round++) yield* ask(started, { body: own })
        const taken = started.upstream.requests.slice(before).map(({ credential }) => credential)
        assert.deepStrictEqual([...taken].sort(), ["ka", "kb"])
      })
    )
  )
})

describe("fallback credits", () => {
  const refusing = {
    script: {
      ka: Script.inTurn(Script.ok({ refuses: true }), Script.ok()),
      kb: () => Script.ok()
    }
  }

  for (const stream of [false, true]) {
    it.scopedLive(`are redeemed where they were given (stream: ${stream})`, () =>
      withGateway(refusing, (started) =>
        Effect.gen(function* () {
          const refused = yield* ask(started, { body: message({ stream }) })
          const token = said(refused.text, "stop_details", "fallback_credit_token")
          assert.match(token, /^credit for /)
          for (const fallback_credit_token of [token, { token }, { token, mode: "best_effort" }]) {
            const retried = yield* ask(started, {
              body: message({ stream, fallback_credit_token })
            })
            assert.strictEqual(retried.status, 200, retried.text)
          }
          assert.deepStrictEqual(askedWith(started, token), ["ka", "ka", "ka"])
        })
      )
    )
  }

  it.scopedLive(
    "where one is only tried, another credential answers while its own is limited",
    () =>
      withGateway(
        {
          script: {
            ka: Script.inTurn(
              Script.ok({ refuses: true }),
              Script.rateLimited({ "retry-after": "30" }),
              Script.rateLimited({ "retry-after": "30" })
            ),
            kb: () => Script.ok()
          }
        },
        (started) =>
          Effect.gen(function* () {
            const refused = yield* ask(started)
            const token = said(refused.text, "stop_details", "fallback_credit_token")
            const tried = { token, mode: "best_effort" }
            const strict = yield* ask(started, { body: message({ fallback_credit_token: token }) })
            assert.strictEqual(strict.status, 429)
            const free = yield* ask(started, { body: message({ fallback_credit_token: tried }) })
            assert.strictEqual(free.status, 200)
            assert.deepStrictEqual(askedWith(started, token), ["ka", "kb"])
          })
      )
  )
})

describe("bytes", () => {
  it.scopedLive("pass as they are, packed or not, whatever is read from them", () =>
    withGateway(
      {
        script: {
          ka: () => ({
            ...Script.badRequest,
            status: 200,
            headers: { "content-encoding": "gzip" },
            body: gzipSync('{ "id":"msg_1" ,"container":{"id":"container_packed"} }')
          }),
          kb: () => Script.ok()
        }
      },
      (started) =>
        Effect.gen(function* () {
          const sent = JSON.stringify(message({ thread: { type: "create" }, ...runsCode }), null, 1)
          const answer = yield* ask(started, { body: sent })
          assert.strictEqual(answer.text, '{ "id":"msg_1" ,"container":{"id":"container_packed"} }')
          assert.strictEqual(started.upstream.requests[0]?.body.toString(), sent)
        })
    )
  )
})
