import * as fs from "node:fs"
import { request as httpRequest } from "node:http"
import * as os from "node:os"
import * as path from "node:path"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { socketPath } from "../../src/control/ControlSocket.ts"
import * as Gateway from "../../src/startGateway.ts"
import {
  adminToken,
  ask,
  clientToken,
  gatewayOptions,
  keys,
  type Started,
  withGateway
} from "../world.ts"

const secret = "sk-ant-api03-planted-in-control"

const folder = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "clawdbot-control-"))),
  (made) => Effect.sync(() => fs.rmSync(made, { recursive: true, force: true }))
)

/** A request over the socket. */
const overSocket = (file: string, method: string, at: string, body?: unknown) =>
  Effect.promise(
    () =>
      new Promise<{ readonly status: number; readonly text: string }>((resolve, reject) => {
        const asked = httpRequest(
          {
            socketPath: file,
            method,
            path: at,
            headers: { host: "localhost", "content-type": "application/json" }
          },
          (message) => {
            let text = ""
            message.on("data", (chunk: Buffer) => {
              text += chunk.toString()
            })
            message.on("end", () => resolve({ status: message.statusCode ?? 0, text }))
          }
        )
        asked.on("error", reject)
        asked.end(body === undefined ? undefined : JSON.stringify(body))
      })
  )

const asAdmin = (started: Started, at: string, method = "GET", body?: unknown) =>
  ask(started, { path: at, method, headers: { "x-api-key": adminToken }, body })

describe("the control plane", () => {
  it.scopedLive("tells the last requests with their attempts, and no secret", () =>
    withGateway(
      {
        script: {
          [secret]: Script.always(Script.rateLimited({ "retry-after": "30" })),
          kb: () => Script.ok()
        },
        stores: {
          main: {
            profiles: {
              "anthropic:a": { type: "api_key", provider: "anthropic", key: secret },
              "anthropic:b": { type: "api_key", provider: "anthropic", key: "kb" }
            },
            order: { anthropic: ["anthropic:a", "anthropic:b"] }
          }
        }
      },
      (started) =>
        Effect.gen(function* () {
          yield* ask(started, { path: "/v1/messages?beta=true" })
          yield* ask(started)
          const answer = yield* asAdmin(started, "/clawdbot/requests")
          assert.strictEqual(answer.status, 200)
          assert.notInclude(answer.text, secret)
          const [newest, first] = JSON.parse(answer.text)
          assert.deepStrictEqual(
            [
              first.path,
              first.status,
              first.agent,
              first.attempts.map((one: { profile: string }) => one.profile)
            ],
            ["/v1/messages", 200, "main", ["anthropic:a", "anthropic:b"]]
          )
          assert.deepStrictEqual(
            [first.attempts[0].result, first.attempts[0].failureClass, first.attempts[0].status],
            ["refused", "rate_limit", 429]
          )
          assert.strictEqual(newest.attempts.length, 1)
          assert.strictEqual(
            JSON.parse((yield* asAdmin(started, "/clawdbot/requests?limit=1")).text).length,
            1
          )
        })
    )
  )

  it.scopedLive("wants the admin token over TCP, also for what is not there", () =>
    withGateway({ script: { ka: () => Script.ok() } }, (started) =>
      Effect.gen(function* () {
        for (const at of [
          "/clawdbot/status",
          "/clawdbot/requests",
          "/clawdbot/openapi.json",
          "/clawdbot/nothing"
        ]) {
          assert.strictEqual((yield* ask(started, { path: at, method: "GET" })).status, 401, at)
        }
        assert.strictEqual((yield* asAdmin(started, "/clawdbot/nothing")).status, 404)
        assert.strictEqual((yield* ask(started, { path: "/readyz", method: "GET" })).status, 200)
        assert.strictEqual((yield* asAdmin(started, "/clawdbot/usage?by=weather")).status, 400)
        assert.deepStrictEqual(JSON.parse((yield* asAdmin(started, "/clawdbot/usage")).text).by, [
          "profile",
          "model"
        ])
      })
    )
  )

  it.scopedLive("refuses a span of time that no calendar has", () =>
    withGateway({ script: {} }, (started) =>
      Effect.gen(function* () {
        for (const span of [
          "since=0&until=99999999999999999",
          "since=-1",
          "since=0.5",
          "until=Infinity",
          "until=NaN",
          "until=1e400",
          "since=x",
          `until=${"9".repeat(5_000)}`
        ]) {
          const answer = yield* asAdmin(started, `/clawdbot/usage?${span}`)
          assert.strictEqual(answer.status, 400, span.slice(0, 40))
        }
        const all = yield* asAdmin(started, "/clawdbot/usage?since=0&until=253402300799999")
        assert.strictEqual(all.status, 200)
      })
    )
  )

  it.scopedLive("says what it offers, for programs and for people", () =>
    withGateway({ script: { ka: () => Script.ok() } }, (started) =>
      Effect.gen(function* () {
        const spec = JSON.parse((yield* asAdmin(started, "/clawdbot/openapi.json")).text)
        assert.match(spec.openapi, /^3\.1\./)
        const page = yield* asAdmin(started, "/clawdbot/docs")
        for (const at of Object.keys(spec.paths)) assert.include(page.text, at)
        assert.notMatch(page.text, /<script|https?:/)
      })
    )
  )

  it.scopedLive("hands a secret out over the socket, and never over TCP", () =>
    Effect.gen(function* () {
      const file = socketPath(yield* folder)
      yield* withGateway(
        {
          script: { [secret]: () => Script.ok() },
          stores: keys(secret),
          gateway: { socketPath: file }
        },
        (started) =>
          Effect.gen(function* () {
            assert.strictEqual(fs.statSync(file).mode & 0o777, 0o600)
            assert.strictEqual(fs.statSync(path.dirname(file)).mode & 0o777, 0o700)
            const client = "/clawdbot/client-token"
            assert.strictEqual((yield* asAdmin(started, client, "POST", {})).status, 403)
            assert.deepStrictEqual(JSON.parse((yield* overSocket(file, "POST", client, {})).text), {
              token: clientToken
            })
            const refused = yield* asAdmin(started, "/clawdbot/token", "POST", {})
            assert.strictEqual(refused.status, 403)
            assert.notInclude(refused.text, secret)
            const own = "/clawdbot/own-token"
            const other = { config: "missing" }
            assert.strictEqual((yield* asAdmin(started, own, "POST", other)).status, 403)
            // This gateway's config is no file that others could read.
            assert.strictEqual((yield* overSocket(file, "POST", own, other)).status, 409)
            const handed = yield* overSocket(file, "POST", "/clawdbot/token", {
              profile: `anthropic:${secret}`
            })
            assert.strictEqual(handed.status, 200, handed.text)
            const issued = JSON.parse(handed.text)
            assert.strictEqual(issued.token, secret)
            assert.deepStrictEqual(issued.headers, { "x-api-key": secret })
            assert.strictEqual(issued.baseUrl, started.upstream.url)
            const none = yield* overSocket(file, "POST", "/clawdbot/token", { agent: "nobody" })
            assert.deepStrictEqual([none.status, JSON.parse(none.text)._tag], [401, "NoApiKey"])
            assert.strictEqual((yield* overSocket(file, "GET", "/clawdbot/status")).status, 200)
            // The data plane is not served here: its tokens name clients.
            assert.strictEqual((yield* overSocket(file, "POST", "/v1/messages", {})).status, 404)
          })
      )
      assert.isFalse(fs.existsSync(file))
    })
  )

  it.scopedLive("takes reports over the socket, and never over TCP, whoever asks", () =>
    Effect.gen(function* () {
      const file = socketPath(yield* folder)
      yield* withGateway(
        { script: { ka: () => Script.ok(), kb: () => Script.ok() }, gateway: { socketPath: file } },
        (started) =>
          Effect.gen(function* () {
            const report = { profile: "anthropic:ka", status: 429, retryAfter: 30 }
            const next = Effect.map(
              overSocket(file, "POST", "/clawdbot/token", {}),
              ({ text }): string => JSON.parse(text).profile
            )
            const at = "/clawdbot/report"
            assert.strictEqual((yield* asAdmin(started, at, "POST", report)).status, 403)
            const client = yield* ask(started, { path: at, method: "POST", body: report })
            assert.strictEqual(client.status, 401)
            assert.strictEqual(yield* next, "anthropic:ka")

            const taken = yield* overSocket(file, "POST", at, report)
            assert.strictEqual(taken.status, 200, taken.text)
            const outcome = JSON.parse(taken.text)
            assert.deepInclude(outcome, { profile: "anthropic:ka", result: "cooling-down" })
            assert.isAtMost(outcome.until - Date.now(), 30_000)
            assert.strictEqual(yield* next, "anthropic:kb")
            // The data plane has learned it in the same moment.
            yield* ask(started)
            assert.deepStrictEqual(
              started.upstream.requests.map(({ headers }) => headers["x-api-key"]),
              ["kb"]
            )
            for (const wrong of [
              { status: 429 },
              { ...report, status: 42 },
              { ...report, profile: " " }
            ])
              assert.strictEqual((yield* overSocket(file, "POST", at, wrong)).status, 400)
          })
      )
    })
  )

  it.scopedLive("takes the place of a gateway that died, never that of one that lives", () =>
    Effect.gen(function* () {
      const file = socketPath(yield* folder)
      fs.mkdirSync(path.dirname(file), { recursive: true })
      // What a killed process leaves: a name nobody listens at.
      fs.writeFileSync(file, "")
      yield* withGateway({ script: { ka: () => Script.ok() }, gateway: { socketPath: file } }, () =>
        Effect.gen(function* () {
          assert.strictEqual((yield* overSocket(file, "GET", "/healthz")).status, 200)
          const second = yield* Effect.scoped(
            Effect.flip(Gateway.start({ ...gatewayOptions, socketPath: file }))
          )
          assert.strictEqual(second._tag, "StateFolderServed")
          assert.strictEqual((yield* overSocket(file, "GET", "/healthz")).status, 200)
        })
      )
    })
  )

  it.scopedLive("streams requests as they end", () =>
    withGateway({ script: { ka: () => Script.ok() } }, (started) =>
      Effect.gen(function* () {
        const events = yield* Effect.promise(() =>
          fetch(`${started.gateway.url}/clawdbot/events`, { headers: { "x-api-key": adminToken } })
        )
        assert.strictEqual(events.headers.get("content-type"), "text/event-stream")
        const reader = events.body?.getReader()
        let text = ""
        const readUntil = (part: string) =>
          Effect.promise(async () => {
            while (!text.includes(part)) {
              const next = await reader?.read()
              if (next?.value === undefined) throw new Error(`it ended: ${text}`)
              text += Buffer.from(next.value).toString()
            }
          }).pipe(Effect.timeout("10 seconds"))
        yield* readUntil(": clawdbot")
        yield* ask(started)
        yield* readUntil("event: request")
        yield* readUntil('"profile":"anthropic:ka"')
        yield* Effect.promise(async () => reader?.cancel())
      })
    )
  )
})
