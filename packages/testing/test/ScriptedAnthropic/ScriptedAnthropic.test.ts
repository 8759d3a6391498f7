import { defined } from "@clawdbot/domain/Document/defined"
import * as Practice from "@clawdbot/testing/ScriptedAnthropic/practice"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import {
  answering,
  make,
  type ScriptedAnthropic
} from "@clawdbot/testing/ScriptedAnthropic/ScriptedAnthropic"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"

const body = {
  model: "claude-opus-4-5",
  max_tokens: 8,
  messages: [{ role: "user", content: "hi" }]
}

const send = (
  server: ScriptedAnthropic,
  headers: Readonly<Record<string, string>>,
  options: { readonly path?: string; readonly method?: string; readonly body?: unknown } = {}
) =>
  Effect.promise(async () => {
    const method = options.method ?? "POST"
    const response = await fetch(`${server.url}${options.path ?? "/v1/messages"}`, {
      method,
      headers: { "anthropic-version": "2026-10-21", ...headers },
      ...defined({ body: method === "POST" ? JSON.stringify(options.body ?? body) : undefined })
    })
    return { status: response.status, headers: response.headers, text: await response.text() }
  })

describe("ScriptedAnthropic", () => {
  it.scopedLive("refuses what the real one refuses", () =>
    Effect.gen(function* () {
      const server = yield* make({
        credentials: { ...answering("ka"), ...answering("sk-ant-oat01-t") }
      })
      const bearer = { authorization: "Bearer sk-ant-oat01-t" }
      const rows: ReadonlyArray<readonly [string, Record<string, string>, number]> = [
        ["no credential", {}, 401],
        ["an unknown key", { "x-api-key": "kb" }, 401],
        ["two different credentials", { "x-api-key": "ka", ...bearer }, 401],
        ["a login without its beta", bearer, 401],
        ["a login as a key", { "x-api-key": "sk-ant-oat01-t" }, 401],
        ["a key", { "x-api-key": "ka" }, 200],
        ["a key as a bearer", { authorization: "Bearer ka" }, 200],
        [
          "a login with its beta among others",
          { ...bearer, "anthropic-beta": "a, oauth-2025-04-20" },
          200
        ]
      ]
      for (const [name, headers, status] of rows) {
        const answer = yield* send(server, headers)
        assert.strictEqual(answer.status, status, name)
        assert.match(answer.headers.get("request-id") ?? "", /^req_/)
        if (status !== 200)
          assert.strictEqual(JSON.parse(answer.text).error.type, "authentication_error")
      }
      const versionless = yield* Effect.promise(() =>
        fetch(`${server.url}/v1/messages`, {
          method: "POST",
          headers: { "x-api-key": "ka" },
          body: "{}"
        })
      )
      assert.strictEqual(versionless.status, 400)
      assert.strictEqual(server.requests.length, rows.length + 1)
      assert.strictEqual(server.requests[0]?.body.toString("utf8"), JSON.stringify(body))
    })
  )

  it.scopedLive("serves the other paths, and 404 for what there is not", () =>
    Effect.gen(function* () {
      const server = yield* make({ credentials: answering("ka") })
      const key = { "x-api-key": "ka" }
      const status = (path: string, method: string) =>
        Effect.map(send(server, key, { path, method }), (answer) => answer.status)
      assert.strictEqual(yield* status("/v1/messages/count_tokens", "POST"), 200)
      for (const path of [
        "/v1/models",
        "/v1/models/claude-opus-4-5",
        "/v1/messages/batches",
        "/v1/files"
      ]) {
        assert.strictEqual(yield* status(path, "GET"), 200, path)
      }
      const head = yield* send(server, key, { path: "/v1/models", method: "HEAD" })
      assert.deepStrictEqual([head.status, head.text], [200, ""])
      for (const path of ["/v1/models/nothing", "/v1/nothing", "/nothing"]) {
        const answer = yield* send(server, key, { path, method: "GET" })
        assert.deepStrictEqual(
          [answer.status, JSON.parse(answer.text).error.type],
          [404, "not_found_error"],
          path
        )
      }
    })
  )

  it.scopedLive(
    "follows the script of each credential by itself; the same run gives the same bytes",
    () =>
      Effect.gen(function* () {
        const run = Effect.gen(function* () {
          const server = yield* make({
            credentials: {
              ka: Script.inTurn(
                Script.ok(),
                Script.rateLimited({ "retry-after": "7" }),
                Script.overloaded
              ),
              kb: (_number, { model }) =>
                model === "claude-opus-4-5" ? Script.ok({ gzip: true }) : Script.internal
            }
          })
          const answers = []
          for (const key of ["ka", "kb", "ka", "ka", "ka"])
            answers.push(yield* send(server, { "x-api-key": key }))
          answers.push(
            yield* send(server, { "x-api-key": "kb" }, { body: { ...body, model: "other" } })
          )
          answers.push(
            yield* send(server, { "x-api-key": "kb" }, { body: { ...body, stream: true } })
          )
          return answers
        })
        const answers = yield* run
        assert.deepStrictEqual(
          answers.map((answer) => answer.status),
          [200, 200, 429, 529, 529, 500, 200]
        )
        assert.strictEqual(answers[2]?.headers.get("retry-after"), "7")
        assert.strictEqual(answers[1]?.headers.get("content-encoding"), "gzip")
        assert.include(answers[6]?.text, "event: message_stop")
        assert.deepStrictEqual(
          (yield* run).map((answer) => answer.text),
          answers.map((answer) => answer.text)
        )
      })
  )

  it.scopedLive(
    "practice: the first key rests at every third request, the second always answers",
    () =>
      Effect.gen(function* () {
        const server = yield* make(Practice.practice)
        const statuses: Array<number> = []
        for (let round = 0; round < 6; round++) {
          const answer = yield* send(server, { "x-api-key": Practice.limitedKey })
          statuses.push(answer.status)
          if (answer.status === 429) assert.strictEqual(answer.headers.get("retry-after"), "20")
        }
        assert.deepStrictEqual(statuses, [200, 200, 429, 200, 200, 429])
        const streamed = yield* send(
          server,
          { "x-api-key": Practice.steadyKey },
          { body: { ...body, stream: true } }
        )
        assert.include(streamed.text, "event: message_stop")
      })
  )

  it.scopedLive("that runs for days remembers the newest of everything only", () =>
    Effect.gen(function* () {
      const server = yield* make({ credentials: answering("ka"), maxKept: 3 })
      const key = { "x-api-key": "ka" }
      const ids: Array<string> = []
      for (let round = 0; round < 5; round++) {
        yield* send(server, key)
        const batch = yield* send(server, key, { path: "/v1/messages/batches" })
        ids.push(JSON.parse(batch.text).id)
      }
      assert.strictEqual(new Set(ids).size, 5)
      assert.strictEqual(server.requests.length, 3)
      assert.isAtMost(server.bills().length, 3)
      const statuses: Array<number> = []
      for (const id of ids) {
        const found = yield* send(server, key, {
          path: `/v1/messages/batches/${id}`,
          method: "GET"
        })
        statuses.push(found.status)
      }
      assert.deepStrictEqual(statuses, [404, 404, 200, 200, 200])
    })
  )
})
