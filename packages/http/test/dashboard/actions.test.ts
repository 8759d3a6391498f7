/** What the dashboard does, over real sockets: who may, once, and what is left of a secret. */
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import * as AgentId from "@clawdbot/domain/Agent/AgentId"
import { HealthStore } from "@clawdbot/domain/Health/HealthStore"
import * as Credential from "@clawdbot/domain/Profile/Credential"
import * as ProfileId from "@clawdbot/domain/Profile/ProfileId"
import { ProfileStore } from "@clawdbot/domain/Profile/ProfileStore"
import * as ProviderId from "@clawdbot/domain/Profile/ProviderId"
import * as Script from "@clawdbot/testing/ScriptedAnthropic/Script"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Inspectable from "effect/Inspectable"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as Tracer from "effect/Tracer"
import { actionsPath } from "../../src/dashboard/actions/actionRoute.ts"
import { nonceHeader } from "../../src/dashboard/actions/handleAction.ts"
import { pageHeader } from "../../src/dashboard/DashboardSession.ts"
import { adminToken, ask, clientToken, emptyStatus, type Started, withGateway } from "../world.ts"

const main = AgentId.normalize("main")
const planted = "sk-ant-api03-planted-by-the-dashboard-0123456789-ABCDEFGH"

const temporary = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "clawdbot-audit-"))),
  (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true }))
)

/** The time that sessions and limits of the gateway see: the machine's, moved on by the test. */
const movedClock = Effect.map(Effect.clock, (clock) => {
  let ahead = 0
  const millis = () => clock.unsafeCurrentTimeMillis() + ahead
  const nanos = () => clock.unsafeCurrentTimeNanos() + BigInt(ahead) * 1_000_000n
  const moved: Clock.Clock = {
    [Clock.ClockTypeId]: Clock.ClockTypeId,
    sleep: (duration) => clock.sleep(duration),
    unsafeCurrentTimeMillis: millis,
    currentTimeMillis: Effect.sync(millis),
    unsafeCurrentTimeNanos: nanos,
    currentTimeNanos: Effect.sync(nanos)
  }
  const later = (ms: number) =>
    Effect.sync(() => {
      ahead += ms
    })
  return { moved, later }
})

/** What a browser has after it opened a link. */
const enter = (started: Started) =>
  Effect.map(
    ask(started, {
      method: "GET",
      path: started.gateway.offerLink().url.slice(started.gateway.url.length),
      headers: { "x-api-key": "", accept: "text/html" }
    }),
    ({ headers, text }): Record<string, string> => ({
      "x-api-key": "",
      accept: "application/json",
      origin: started.gateway.url,
      cookie: headers.get("set-cookie")?.split(";", 1)[0] ?? "",
      [pageHeader]: /name="clawdbot-page" content="([\w-]{43})"/.exec(text)?.[1] ?? ""
    })
  )

type Headers = Record<string, string>

const capabilities = (started: Started, page: Headers) =>
  Effect.map(ask(started, { method: "GET", path: actionsPath, headers: page }), ({ text }) => {
    const document: {
      readonly mode: string
      readonly nonce: string
      readonly freshUntil: number
      readonly isLoopback: boolean
    } = JSON.parse(text)
    return document
  })

const post = (started: Started, headers: Headers, body: unknown) =>
  Effect.map(ask(started, { path: actionsPath, headers, body }), (answer) => {
    const document: Readonly<Record<string, unknown>> = JSON.parse(answer.text)
    return { ...answer, document, tag: document._tag }
  })

/** With a new nonce. */
const act = (started: Started, page: Headers, body: unknown) =>
  Effect.flatMap(capabilities(started, page), ({ nonce }) =>
    post(started, { ...page, [nonceHeader]: nonce }, body)
  )

const clear = { action: "clear", profile: "anthropic:ka" }
const script = { ka: () => Script.ok(), kb: () => Script.ok() }

/** A gateway whose dashboard acts; a second later for it is `afterASecond`. */
const managed = (
  options: Partial<Parameters<typeof withGateway>[0]>,
  test: (
    started: Started,
    afterASecond: Effect.Effect<void>
  ) => ReturnType<Parameters<typeof withGateway>[1]>
) =>
  Effect.flatMap(movedClock, ({ later, moved }) =>
    Effect.withClock(
      withGateway({ script, ...options }, (started) => test(started, later(1_000))),
      moved
    )
  )

const without = (headers: Headers, name: string): Headers =>
  Object.fromEntries(Object.entries(headers).filter(([other]) => other !== name))

describe("actions of the dashboard", () => {
  it.scopedLive("are refused without what each of them needs", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const auditLog = path.join(folder, "audit.jsonl")
      yield* managed({ auditLog }, (started, afterASecond) =>
        Effect.gen(function* () {
          const page = yield* enter(started)
          const { freshUntil, isLoopback, mode, nonce } = yield* capabilities(started, page)
          assert.strictEqual(mode, "manage")
          assert.isTrue(isLoopback)
          assert.isAbove(freshUntil, 0)
          const other = yield* enter(started)
          const own = { ...page, [nonceHeader]: nonce }
          const withoutCookie = without(own, "cookie")
          const refused: ReadonlyArray<readonly [string, Headers, number]> = [
            ["no cookie", withoutCookie, 401],
            ["the cookie alone, which every port gets", without(own, pageHeader), 401],
            ["the admin token", { ...withoutCookie, "x-api-key": adminToken }, 401],
            ["a client token", { ...withoutCookie, "x-api-key": clientToken }, 401],
            ["no origin", without(own, "origin"), 403],
            ["another origin", { ...own, origin: "https://example.org" }, 403],
            ["another port", { ...own, origin: "http://127.0.0.1:1" }, 403],
            ["another site, by what browsers say", { ...own, "sec-fetch-site": "same-site" }, 403],
            ["a form", { ...own, "content-type": "text/plain" }, 400],
            ["another session's nonce", { ...other, [nonceHeader]: nonce }, 409],
            ["no nonce", page, 409]
          ]
          for (const [name, headers, status] of refused) {
            const answer = yield* ask(started, { path: actionsPath, headers, body: clear })
            assert.strictEqual(answer.status, status, `${name}: ${answer.text}`)
          }
          for (const path of [actionsPath, `${actionsPath}/`]) {
            const stranger = { "x-api-key": adminToken, accept: "*/*" }
            const answer = yield* ask(started, { method: "GET", path, headers: stranger })
            assert.notInclude(answer.text, "nonce")
          }
          // Nothing of this was done, and what was not sent yet still works, once.
          assert.isFalse(fs.existsSync(auditLog))
          assert.strictEqual((yield* post(started, own, clear)).status, 200)
          yield* afterASecond
          const again = yield* post(started, own, clear)
          assert.deepStrictEqual([again.status, again.tag], [409, "NonceUsed"])
          assert.isString(again.document.cure)
          // A link is no nonce, and a nonce no link.
          const link = new URL(started.gateway.offerLink().url).searchParams.get("code") ?? ""
          const byLink = yield* post(started, { ...page, [nonceHeader]: link }, clear)
          assert.strictEqual(byLink.tag, "NonceUsed")
          const unused = (yield* capabilities(started, page)).nonce
          const entered = yield* ask(started, {
            method: "GET",
            path: `/clawdbot/enter?code=${unused}`,
            headers: { "x-api-key": "", accept: "text/html" }
          })
          assert.strictEqual(entered.status, 403)
        })
      )
    })
  )

  it.scopedLive("are none in read-only mode, whatever the session", () =>
    withGateway({ script }, (started) =>
      Effect.gen(function* () {
        const page = yield* enter(started)
        assert.strictEqual((yield* capabilities(started, page)).mode, "read-only")
        const answer = yield* act(started, page, clear)
        assert.deepStrictEqual([answer.status, answer.tag], [403, "DashboardReadOnly"])
        assert.include(answer.document.cure, "gateway.dashboard manage")
      })
    )
  )

  it.scopedLive("with a stale link add nothing, reorder nothing, and leave the last one", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      // The session begins six minutes before the gateway's clock as it is.
      const key = Buffer.alloc(32, 7)
      const dashboard = { key: () => key, sharedLinks: undefined }
      const { later, moved: earlier } = yield* movedClock
      yield* later(-6 * 60_000)
      const entered = yield* Effect.withClock(
        withGateway({ script, gateway: { dashboard } }, (started) =>
          Effect.map(enter(started), (page) => ({ page, port: started.gateway.port }))
        ),
        earlier
      )
      const gateway = {
        dashboard,
        port: entered.port,
        status: () =>
          Effect.succeed({
            ...emptyStatus,
            explanation: {
              ...emptyStatus.explanation,
              candidates: [
                {
                  profile: "anthropic:ka",
                  kind: "api_key" as const,
                  owner: "main",
                  state: "ready" as const,
                  place: "explicit order of the config" as const,
                  obstacles: []
                }
              ]
            }
          })
      }
      const auditLog = path.join(folder, "audit.jsonl")
      yield* managed({ auditLog, gateway }, (started) =>
        Effect.gen(function* () {
          const { page } = entered
          for (const body of [
            { action: "add", secret: planted },
            { action: "order", profiles: ["anthropic:kb", "anthropic:ka"] },
            { action: "disable", profile: "anthropic:ka" }
          ]) {
            const answer = yield* act(started, page, body)
            assert.deepStrictEqual([answer.status, answer.tag], [403, "FreshLinkRequired"])
            assert.include(answer.document.cure, "clawdbot dashboard")
            assert.notInclude(answer.text, planted)
          }
          // What may be taken back by hand needs none; another one is there to answer.
          const other = yield* act(started, page, { action: "disable", profile: "anthropic:kb" })
          assert.strictEqual(other.status, 200, other.text)
          const soon = yield* act(started, page, { action: "enable", profile: "anthropic:kb" })
          assert.deepStrictEqual([soon.status, soon.tag], [429, "TooManyActions"])
        })
      )
    })
  )

  it.scopedLive("do what the commands do, and leave a line each", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const auditLog = path.join(folder, "audit.jsonl")
      yield* managed({ auditLog }, (started, afterASecond) =>
        Effect.gen(function* () {
          const page = yield* enter(started)
          const profiles = yield* ProfileStore
          const stored = Effect.map(profiles.read(main), ({ document }) => document)
          const isDisabled = Effect.map(
            stored,
            (document) => document.profiles.get(ProfileId.of("anthropic:ka"))?.disabled === true
          )
          const order = Effect.map(stored, (document) => document.order.get(ProviderId.anthropic))

          const disabled = yield* act(started, page, {
            action: "disable",
            profile: "anthropic:ka"
          })
          assert.strictEqual(disabled.status, 200, disabled.text)
          assert.isTrue(yield* isDisabled)
          yield* afterASecond
          // What takes it back is sent as it came.
          assert.strictEqual((yield* act(started, page, disabled.document.undo)).status, 200)
          assert.isFalse(yield* isDisabled)
          yield* afterASecond
          const wanted = ["anthropic:kb", "anthropic:ka"]
          const ordered = yield* act(started, page, { action: "order", profiles: wanted })
          assert.deepStrictEqual(yield* order, wanted.map(ProfileId.of))
          yield* afterASecond
          yield* act(started, page, ordered.document.undo)
          assert.isUndefined(yield* order)
          yield* afterASecond

          const healths = yield* HealthStore
          const held = (yield* stored).profiles.get(ProfileId.of("anthropic:ka"))
          if (held === undefined) return assert.fail("no such profile")
          const until = (yield* healths.read(main)).profiles
          assert.strictEqual(until.size, 0)
          yield* act(started, page, clear)
          yield* afterASecond
          const probed = yield* act(started, page, { action: "probe", profile: "anthropic:ka" })
          assert.include(probed.document.message, "anthropic:ka works")
          yield* afterASecond
          const none = yield* act(started, page, { action: "refresh", profile: "anthropic:ka" })
          assert.deepStrictEqual([none.status, none.tag], [422, "NotOffered"])
          assert.isString(none.document.cure)
          yield* afterASecond
          const missing = yield* act(started, page, { action: "enable", profile: "anthropic:no" })
          assert.strictEqual(missing.tag, "ProfileUnknown")

          const lines = fs.readFileSync(auditLog, "utf8").trim().split("\n")
          assert.deepStrictEqual(
            lines.map((line) => {
              const { action, outcome } = JSON.parse(line)
              return [action, outcome]
            }),
            [
              ["disable", "done"],
              ["enable", "done"],
              ["order", "done"],
              ["order", "done"],
              ["clear", "done"],
              ["probe", "done"],
              ["refresh", "NotOffered"],
              ["enable", "ProfileUnknown"]
            ]
          )
          assert.strictEqual(fs.statSync(auditLog).mode & 0o777, 0o600)
        })
      )
    })
  )

  it.scopedLive("an added key is in no answer, log, audit line or span", () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const auditLog = path.join(folder, "audit.jsonl")
      const seen: Array<string> = []
      const note = (value: unknown) => void seen.push(Inspectable.toStringUnknown(value))
      const tracer = Tracer.make({
        span: (name, parent, context, links, startTime, kind, options) => {
          const attributes = new Map<string, unknown>(Object.entries(options?.attributes ?? {}))
          note([name, [...attributes]])
          return {
            _tag: "Span",
            name,
            parent,
            context,
            links,
            kind,
            attributes,
            spanId: "1",
            traceId: "1",
            sampled: true,
            status: { _tag: "Started", startTime },
            attribute: (key, value) => note([key, value]),
            event: (event, _time, given) => note([event, given]),
            addLinks: note,
            end: (_time, exit) => note(exit)
          }
        },
        context: (run) => run()
      })
      const logger = Logger.make((entry) => note([entry.message, entry.cause, entry.annotations]))
      yield* managed({ auditLog }, (started, afterASecond) =>
        Effect.gen(function* () {
          const page = yield* enter(started)
          const added = yield* act(started, page, { action: "add", secret: ` ${planted}\n` })
          assert.strictEqual(added.status, 200, added.text)
          assert.include(added.document.message, "anthropic:manual")
          assert.isUndefined(added.document.undo)
          const { document } = yield* (yield* ProfileStore).read(main)
          const stored = document.profiles.get(ProfileId.of("anthropic:manual"))
          assert.strictEqual(stored?.type, "api_key")
          if (stored === undefined) return
          assert.strictEqual(Redacted.value(Credential.secret(stored)), planted)
          yield* afterASecond
          // What is no action is not repeated either, nor a text that is no secret.
          const wrong = yield* act(started, page, { action: "add", secret: { planted } })
          const broken = yield* act(started, page, `{"action":"add","secret":"${planted}`)
          assert.deepStrictEqual([wrong.tag, broken.tag], ["ActionMalformed", "ActionMalformed"])
          const shape = yield* act(started, page, { action: "add", secret: `two ${planted}` })
          assert.strictEqual(shape.tag, "SecretShapeWrong")
          for (const { headers, text } of [added, wrong, broken, shape]) note([[...headers], text])
        })
      ).pipe(
        Effect.provide(Logger.replace(Logger.defaultLogger, logger)),
        Effect.withTracer(tracer)
      )
      note(fs.readFileSync(auditLog, "utf8"))
      const text = seen.join("\n")
      assert.include(text, "enrolment.enrol")
      assert.include(text, "SecretShapeWrong")
      assert.notInclude(text, planted)
      assert.notInclude(text, planted.slice(12, 40))
    })
  )
})
